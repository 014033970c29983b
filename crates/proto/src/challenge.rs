//! `WWW-Authenticate` for Bearer and DPoP, written and read.
