//! One member of a document: its shape, when it may be written, and what becomes of it.

use crate::format::Format;

/// What is done with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Something is made of it.
    Create,
    /// Something is changed by it.
    Update,
}

/// A member of a document.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it looks like.
    pub shape: Shape,
    /// When it may be written.
    pub write: Write,
    /// Whether `null` may be written, which removes it.
    pub nullable: bool,
    /// What becomes of it.
    pub heed: Heed,
}

/// When a member may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// At any time.
    Always,
    /// When a thing is made, and never again.
    Create,
    /// When a thing is made, and it must be there.
    Demanded,
    /// At any time, and it must be there whenever what surrounds it is.
    Within,
    /// Only when a thing is changed.
    Update,
}

/// What becomes of a member that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heed {
    /// The server does what it says.
    Obeyed,
    /// The server does nothing of the kind: only values that ask for nothing are taken. `null` and what is empty never
    /// ask for anything, nor does `false`, unless it is `true` that does not; these do not either.
    Refused(&'static [Scalar]),
    /// It is kept and given back as it was written, and the server does nothing of the kind: whoever writes it is told,
    /// unless the value asks for nothing, as above.
    Inert(&'static [Scalar]),
    /// It is given back as it was written, and changes nothing.
    Shown,
}

/// A plain value that asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A truth value.
    Flag(bool),
    /// A number.
    Number(i64),
    /// A text.
    Text(&'static str),
}

/// What a member looks like.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Anything at all.
    Any,
    /// What any of these look like: only in what the server tells, and in forms.
    Either(&'static [Shape]),
    /// `true` or `false`.
    Flag,
    /// An object with any members.
    Free {
        /// At most this many.
        most: usize,
    },
    /// A number, whole or not.
    Decimal {
        /// At least this.
        least: i64,
        /// At most this.
        most: i64,
    },
    /// A list.
    List {
        /// Of these.
        of: &'static Shape,
        /// At most this many.
        most: usize,
    },
    /// An object whose members have any names, and look like these.
    Map {
        /// Each of them.
        of: &'static Shape,
        /// At most this many.
        most: usize,
    },
    /// `null`.
    Nothing,
    /// A whole number.
    Number {
        /// At least this.
        least: i64,
        /// At most this.
        most: i64,
    },
    /// An object with these members and no others.
    Object(&'static [Field]),
    /// An object with these members, and perhaps others, which are as inert as [`Heed::Inert`].
    Open(&'static [Field]),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One of the first words; the others are Auth0's too, but ask for what the server does not do.
    OneOffered {
        /// What the server does.
        offered: &'static [&'static str],
        /// What it does not, and keeps as inert.
        inert: &'static [&'static str],
        /// What it does not, and refuses.
        others: &'static [&'static str],
    },
    /// A text.
    Text {
        /// At least this many characters.
        least: usize,
        /// At most this many.
        most: usize,
        /// What it must read as.
        format: Format,
    },
}

impl Shape {
    /// Any text of up to that many characters.
    pub const fn text(most: usize) -> Self {
        Self::Text { least: 0, most, format: Format::Any }
    }

    /// Any text of at least one and up to that many characters.
    pub const fn some_text(most: usize) -> Self {
        Self::Text { least: 1, most, format: Format::Any }
    }

    /// A text of that format.
    pub const fn formatted(format: Format) -> Self {
        Self::Text { least: 0, most: 2_000, format }
    }

    /// What JSON Schema calls it.
    pub(crate) const fn type_name(self) -> &'static str {
        match self {
            Self::Any | Self::Either(_) => "any",
            Self::Nothing => "null",
            Self::Flag => "boolean",
            Self::Decimal { .. } => "number",
            Self::Free { .. } | Self::Map { .. } | Self::Object(_) | Self::Open(_) => "object",
            Self::List { .. } => "array",
            Self::Number { .. } => "integer",
            Self::OneOf(_) | Self::OneOffered { .. } | Self::Text { .. } => "string",
        }
    }
}

impl Field {
    /// A member that is obeyed.
    pub const fn obeyed(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, write: Write::Always, nullable: false, heed: Heed::Obeyed }
    }

    /// A member that is given back and otherwise inert.
    pub const fn shown(name: &'static str, shape: Shape) -> Self {
        Self { heed: Heed::Shown, ..Self::obeyed(name, shape) }
    }

    /// A member that the server always tells. In a form or a query, one that must be there.
    pub const fn told(name: &'static str, shape: Shape) -> Self {
        Self { write: Write::Within, ..Self::shown(name, shape) }
    }

    /// A member that the server tells where there is such a thing. In a form or a query, one that may be left out.
    pub const fn maybe(name: &'static str, shape: Shape) -> Self {
        Self::shown(name, shape)
    }

    /// A member that asks for what the server does not do, unless it has one of these values.
    pub const fn refused(name: &'static str, shape: Shape, except: &'static [Scalar]) -> Self {
        Self { heed: Heed::Refused(except), nullable: true, ..Self::obeyed(name, shape) }
    }

    /// A member that is kept, and asks for what the server does not do unless it has one of these values.
    pub const fn inert(name: &'static str, shape: Shape, except: &'static [Scalar]) -> Self {
        Self { heed: Heed::Inert(except), nullable: true, ..Self::obeyed(name, shape) }
    }

    /// A member that is kept, and asks for what the server does not do whenever it asks for anything; `null` is nothing
    /// it may be.
    pub const fn kept(name: &'static str, shape: Shape) -> Self {
        Self { heed: Heed::Inert(&[]), ..Self::obeyed(name, shape) }
    }

    /// May be written as `null`.
    #[must_use]
    pub const fn or_null(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// Is written at a certain time.
    #[must_use]
    pub const fn when(self, write: Write) -> Self {
        Self { write, ..self }
    }

    pub(crate) const fn writable(&self, verb: Verb) -> bool {
        match self.write {
            Write::Always | Write::Within => true,
            Write::Create | Write::Demanded => matches!(verb, Verb::Create),
            Write::Update => matches!(verb, Verb::Update),
        }
    }

    pub(crate) const fn demanded(&self, verb: Verb) -> bool {
        match self.write {
            Write::Demanded => matches!(verb, Verb::Create),
            Write::Within => true,
            Write::Always | Write::Create | Write::Update => false,
        }
    }
}
