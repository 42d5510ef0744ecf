// A server on Go's net/http that echoes each request in its answer, and counts requests by apns-id.
//
// SIGHUP makes the server shut down gracefully (Server.Shutdown of net/http) and continue with a new http.Server on the
// same port. Open connections get GOAWAY, and the new server takes new connections.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sort"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/net/http2"
)

var (
	port             = flag.Int("port", 0, "port on 127.0.0.1")
	certFile         = flag.String("cert", "", "certificate, PEM")
	keyFile          = flag.String("key", "", "private key, PEM")
	streams          = flag.Uint("streams", 1000, "streams open at once on a connection")
	headerTableSize  = flag.Uint("header-table-size", 4096, "octets of the HPACK tables, of both directions")
	streamWindow     = flag.Int("stream-window", 65535, "octets of body that a stream may be ahead")
	connectionWindow = flag.Int("connection-window", 1<<20, "octets of bodies that a connection may be ahead")
)

// counts holds how often each apns-id has arrived.
var counts = struct {
	sync.Mutex
	byID map[string]int
}{byID: map[string]int{}}

func echo(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get("apns-id")
	if id != "" {
		counts.Lock()
		counts.byID[id]++
		counts.Unlock()
		w.Header().Set("apns-id", id)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	lines := []string{r.URL.RequestURI()}
	for name, values := range r.Header {
		for _, value := range values {
			lines = append(lines, strings.ToLower(name)+": "+value)
		}
	}
	sort.Strings(lines[1:])
	fmt.Fprintf(w, "%s\n\n%s", strings.Join(lines, "\n"), body)
}

func main() {
	flag.Parse()
	certificate, err := tls.LoadX509KeyPair(*certFile, *keyFile)
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		log.Fatal(err)
	}

	mux := http.NewServeMux()
	mux.HandleFunc("/", echo)
	mux.HandleFunc("/counts", func(w http.ResponseWriter, _ *http.Request) {
		counts.Lock()
		defer counts.Unlock()
		repeated := 0
		for _, count := range counts.byID {
			if count > 1 {
				repeated++
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]int{"ids": len(counts.byID), "repeated": repeated})
	})

	serve := func() (*http.Server, chan<- net.Conn) {
		server := &http.Server{
			Handler:   mux,
			TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
			ErrorLog:  log.New(io.Discard, "", 0),
		}
		if err := http2.ConfigureServer(server, &http2.Server{
			MaxConcurrentStreams:         uint32(*streams),
			MaxDecoderHeaderTableSize:    uint32(*headerTableSize),
			MaxEncoderHeaderTableSize:    uint32(*headerTableSize),
			MaxUploadBufferPerStream:     int32(*streamWindow),
			MaxUploadBufferPerConnection: int32(*connectionWindow),
		}); err != nil {
			log.Fatal(err)
		}
		connections := make(chan net.Conn)
		go func() {
			_ = server.ServeTLS(&handedOver{listener.Addr(), connections, make(chan struct{}), sync.Once{}}, "", "")
		}()
		return server, connections
	}

	accepted := make(chan net.Conn)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				log.Fatal(err)
			}
			accepted <- connection
		}
	}()
	restart := make(chan os.Signal, 16)
	signal.Notify(restart, syscall.SIGHUP)

	server, connections := serve()
	for {
		select {
		case connection := <-accepted:
			connections <- connection
		case <-restart:
			old := server
			server, connections = serve()
			go func() { _ = old.Shutdown(context.Background()) }()
		}
	}
}

// handedOver is a listener for connections that were accepted elsewhere, so that a new server can replace the old one.
type handedOver struct {
	address     net.Addr
	connections <-chan net.Conn
	closed      chan struct{}
	once        sync.Once
}

func (l *handedOver) Accept() (net.Conn, error) {
	select {
	case connection := <-l.connections:
		return connection, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *handedOver) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *handedOver) Addr() net.Addr { return l.address }
