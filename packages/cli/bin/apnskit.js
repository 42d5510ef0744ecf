#!/usr/bin/env node
// A file that is there before the first build: pnpm links commands when it installs.
import "../dist/main.js";
