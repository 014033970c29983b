//! Parameters that several lists have.

use super::{Field, Shape};
use crate::format::Format;
use crate::page::MOST;

/// Which of many.
pub(in crate::operation) const PAGING: &[Field] = &[
    Field::maybe("page", Shape::Number { least: 0, most: (u32::MAX / MOST) as i64 }),
    Field::maybe("per_page", Shape::Number { least: 0, most: MOST as i64 }),
    Field::maybe("include_totals", FLAG),
    Field::maybe("from", CHECKPOINT),
    Field::maybe("take", Shape::Number { least: 1, most: MOST as i64 }),
];

/// Which of many, where there are no checkpoints.
pub(crate) const PAGES: &[Field] = &[
    Field::maybe("page", Shape::Number { least: 0, most: (u32::MAX / MOST) as i64 }),
    Field::maybe("per_page", Shape::Number { least: 0, most: MOST as i64 }),
    Field::maybe("include_totals", FLAG),
];

/// Which of many, where there are only pages.
pub(crate) const SIZED: &[Field] = &[
    Field::maybe("page", Shape::Number { least: 0, most: (u32::MAX / MOST) as i64 }),
    Field::maybe("per_page", Shape::Number { least: 0, most: MOST as i64 }),
];

/// Which of many, where there are only checkpoints.
pub(crate) const CHECKPOINTS: &[Field] =
    &[Field::maybe("from", CHECKPOINT), Field::maybe("take", Shape::Number { least: 1, most: MOST as i64 })];

/// The same where all may be counted. SDKs ask for a size in the terms of those.
pub(crate) const COUNTED_CHECKPOINTS: &[Field] = &[
    Field::maybe("include_totals", FLAG),
    Field::maybe("from", CHECKPOINT),
    Field::maybe("take", Shape::Number { least: 1, most: MOST as i64 }),
    Field::maybe("per_page", Shape::Number { least: 1, most: MOST as i64 }),
];

/// In which order: `field:1` or `field:-1`.
pub(super) const SORT: &[Field] = &[Field::maybe("sort", TEXT)];

/// Which members of each.
pub(crate) const SELECTION: &[Field] =
    &[Field::maybe("fields", Shape::text(usize::MAX)), Field::maybe("include_fields", FLAG)];

/// What a page said in `next`: base64url, which has no other characters.
const CHECKPOINT: Shape = Shape::Text { least: 0, most: usize::MAX, format: Format::Checkpoint };

/// A truth value in a query.
pub(super) const FLAG: Shape = Shape::Flag;

/// Any text in a query.
pub(super) const TEXT: Shape = Shape::text(usize::MAX);
