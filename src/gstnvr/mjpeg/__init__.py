"""Motion JPEG over HTTP: what cameras offer beside RTSP, as ``multipart/x-mixed-replace``."""
