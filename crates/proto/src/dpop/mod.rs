//! What a proof becomes: proof, checked, possession (RFC 9449).
