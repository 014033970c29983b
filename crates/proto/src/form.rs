//! Form decoding that refuses repeated parameters.
