//! What pages look like, where an administrator said so; and which colors can be read upon which.

use std::fmt;

use keybound_proto::uri::Origin;

/// What pages look like. What nobody said is `None`, and pages look as they do by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The color of what can be pressed.
    pub primary: Option<Color>,
    /// What lies around what is asked.
    pub ground: Option<Ground>,
    /// The picture above what is asked.
    pub logo: Option<Picture>,
    /// The picture of the page among others.
    pub icon: Option<Picture>,
    /// What people call the one whose pages they are.
    pub name: Option<Box<str>>,
    /// Whom somebody may ask who cannot go on.
    pub help: Help,
}

/// Whom somebody may ask who cannot go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help {
    /// Where letters are read.
    pub email: Option<Box<str>>,
    /// A page, by `http` or `https`.
    pub page: Option<Box<str>>,
}

/// A color of sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color([u8; 3]);

/// What lies around what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// One color.
    Plain(Color),
    /// One that becomes another.
    Gradient {
        /// From this.
        start: Color,
        /// To this.
        end: Color,
        /// In this direction, in degrees: 0 is up, 90 to the right.
        angle: u16,
    },
}

/// Where a picture is: an `https` address, of a host that a content security policy can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    address: Box<str>,
    origin: Origin,
}

impl Color {
    /// White.
    pub const WHITE: Self = Self([0xff; 3]);
    /// Black.
    pub const BLACK: Self = Self([0; 3]);

    /// Red, green and blue, from 0 to 255.
    pub const fn of(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Reads `#` and three or six hexadecimal digits, and nothing else that a style sheet would take.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let number = u32::from_str_radix(digits, 16).ok()?;
        match digits.len() {
            3 => {
                let twice = |shift: u32| ((number >> shift & 0xf) * 0x11) as u8;
                Some(Self([twice(8), twice(4), twice(0)]))
            }
            6 => {
                let [_, red, green, blue] = number.to_be_bytes();
                Some(Self([red, green, blue]))
            }
            _ => None,
        }
    }

    /// How well one is told from the other: from 1, not at all, to 21 (WCAG 2.2, contrast ratio).
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// White where it can be read upon this color, and black where it cannot: one of them always can.
    pub fn ink(self) -> Self {
        if self.contrast(Self::WHITE) >= READABLE { Self::WHITE } else { Self::BLACK }
    }

    /// This color, or the nearest on the way to white or black that can be read upon that ground.
    pub fn upon(self, ground: Self) -> Self {
        let towards = if ground.contrast(Self::WHITE) >= ground.contrast(Self::BLACK) {
            Self::WHITE
        } else {
            Self::BLACK
        };
        let steps = (0..=PARTS).map(|part| self.mixed(towards, part));
        steps.into_iter().find(|color| color.contrast(ground) >= READABLE).unwrap_or(towards)
    }

    /// The same a little further from another: what is pointed at.
    pub fn away_from(self, other: Self) -> Self {
        self.mixed(if other == Self::WHITE { Self::BLACK } else { Self::WHITE }, PARTS / 5)
    }

    /// So many of [`PARTS`] of another color, and the rest of this.
    fn mixed(self, other: Self, part: u16) -> Self {
        let Self([a, b, c]) = self;
        let Self([d, e, f]) = other;
        let mix = |own: u8, other: u8| {
            ((u16::from(own) * (PARTS - part) + u16::from(other) * part + PARTS / 2) / PARTS) as u8
        };
        Self([mix(a, d), mix(b, e), mix(c, f)])
    }

    /// WCAG 2.2, relative luminance.
    fn luminance(self) -> f64 {
        let Self([red, green, blue]) = self;
        let light = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.0722f64.mul_add(light(blue), 0.2126f64.mul_add(light(red), 0.7152 * light(green)))
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([red, green, blue]) = self;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl Ground {
    /// White or black: what can be read better upon all of it.
    pub fn ink(self) -> Color {
        let least = |ink: Color| match self {
            Self::Plain(color) => color.contrast(ink),
            Self::Gradient { start, end, .. } => start.contrast(ink).min(end.contrast(ink)),
        };
        if least(Color::WHITE) > least(Color::BLACK) { Color::WHITE } else { Color::BLACK }
    }
}

impl Picture {
    /// Reads an address: `https`, without credentials, of a host that is a name or an IPv4 address.
    pub fn parse(text: &str) -> Option<Self> {
        let origin = Origin::of_url(text).ok().filter(Origin::is_secure)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'/');
        origin.as_str().bytes().all(plain).then(|| Self { address: text.into(), origin })
    }

    /// Where it is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whose it is.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// The least contrast at which texts can be read (WCAG 2.2, 1.4.3).
pub const READABLE: f64 = 4.5;

/// Into how many a way from one color to another is cut.
const PARTS: u16 = 50;

#[cfg(test)]
mod tests {
    use super::*;

    fn color(text: &str) -> Color {
        Color::parse(text).unwrap()
    }

    #[test]
    fn a_color_is_digits_and_nothing_a_style_sheet_would_run() {
        assert_eq!(color("#0aF").to_string(), "#00aaff");
        assert_eq!(color("#0059d6").to_string(), "#0059d6");
        for text in [
            "",
            "#",
            "#12",
            "#1234",
            "#12345",
            "#1234567",
            "red",
            "0059d6",
            "#+12345",
            "#00 9d6",
            "#\u{ff11}00",
        ] {
            assert_eq!(Color::parse(text), None, "{text}");
        }
        for text in ["#fff;}*{display:none}", "#fff/**/", "url(//x)", "#fff\\", "#12345\n"] {
            assert_eq!(Color::parse(text), None, "{text}");
        }
    }

    /// The two ends, and the grey that WCAG's techniques name.
    #[test]
    fn contrast_is_what_wcag_says() {
        assert!((Color::WHITE.contrast(Color::BLACK) - 21.0).abs() < 1e-9);
        assert!((color("#777").contrast(Color::WHITE) - 4.478).abs() < 1e-3);
        assert!((color("#123456").contrast(color("#123456")) - 1.0).abs() < 1e-9);
    }

    /// Every color that differs from another by sixteen in one part.
    #[test]
    fn whatever_the_color_texts_can_be_read() {
        let parts = || (0..=255u8).step_by(17);
        for red in parts() {
            for green in parts() {
                for blue in parts() {
                    let color = Color([red, green, blue]);
                    let ink = color.ink();
                    assert!(color.contrast(ink) >= READABLE, "{ink} on {color}");
                    assert!(color.away_from(ink).contrast(ink) >= READABLE, "{ink} on {color}, pointed at");
                    for sheet in ["#ffffff", "#1b1e1c"].map(super::tests::color) {
                        assert!(color.upon(sheet).contrast(sheet) >= READABLE, "{color} upon {sheet}");
                    }
                    assert!(Ground::Plain(color).ink().contrast(color) >= READABLE, "{color}");
                }
            }
        }
    }

    #[test]
    fn a_color_that_can_be_read_stays_as_it_is() {
        assert_eq!(color("#0059d6").upon(Color::WHITE), color("#0059d6"));
        assert_ne!(color("#ffe600").upon(Color::WHITE), color("#ffe600"));
    }

    #[test]
    fn a_picture_is_https_and_its_host_can_be_named_in_a_policy() {
        let picture =
            Picture::parse("https://CDN.example:8443/a b.png".replace(' ', "%20").as_str()).unwrap();
        assert_eq!(picture.origin().as_str(), "https://cdn.example:8443");
        for text in [
            "http://cdn.example/l.png",
            "javascript:alert(1)",
            "data:image/svg+xml,<svg/>",
            "//cdn.example/l.png",
            "https://u:p@cdn.example/l.png",
            "https://[::1]/l.png",
            "https://cdn.example;script-src/l.png",
            "https://cdn.example\\@evil.example/l.png",
            "https://cdn.example /l.png",
            "https:///l.png",
        ] {
            assert_eq!(Picture::parse(text), None, "{text}");
        }
    }
}
