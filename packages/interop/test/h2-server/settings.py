"""Names of settings, as the tests spell them."""

from h2.settings import SettingCodes, Settings

CODES = {
    "headerTableSize": SettingCodes.HEADER_TABLE_SIZE,
    "maxConcurrentStreams": SettingCodes.MAX_CONCURRENT_STREAMS,
    "initialWindowSize": SettingCodes.INITIAL_WINDOW_SIZE,
    "maxFrameSize": SettingCodes.MAX_FRAME_SIZE,
    "maxHeaderListSize": SettingCodes.MAX_HEADER_LIST_SIZE,
}

# As APNs: 1,000 streams.
FIRST = {"maxConcurrentStreams": 1000}


def coded(settings):
    """Settings by code, the form that hyper-h2 takes."""
    return {CODES[name]: value for name, value in settings.items()}


def apply_first(h2, settings):
    """Gives a new connection the values that its first SETTINGS frame announces."""
    h2.local_settings = Settings(client=False, initial_values=coded({**FIRST, **settings}))
    h2.max_inbound_frame_size = h2.local_settings.max_frame_size
    h2.decoder.max_allowed_table_size = h2.local_settings.header_table_size
    if h2.local_settings.max_header_list_size is not None:
        h2.decoder.max_header_list_size = h2.local_settings.max_header_list_size
