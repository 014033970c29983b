use keybound_proto::time::Timestamp;

use super::instant;

#[test]
fn a_written_time_is_read_to_the_second() {
    for (text, seconds) in [
        ("1970-01-01T00:00:00.000Z", 0),
        ("2000-02-29T12:00:00Z", 951_825_600),
        ("2026-11-21T01:02:03.456Z", 1_795_222_923),
    ] {
        assert_eq!(instant::read(text), Some(Timestamp::from_unix(seconds)), "{text}");
    }
    for text in ["", "2026-11-21", "2026-13-01T00:00:00Z", "2026-11-21T01:02:03+01:00", "x-y-zTa:b:cZ"] {
        assert_eq!(instant::read(text), None, "{text}");
    }
}
