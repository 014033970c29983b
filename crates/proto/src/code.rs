//! Every registered error code, and the RFC that registered it.
