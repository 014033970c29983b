//! Keys, thumbprints and signed tokens (RFC 7515, 7517, 7638, 7519).
