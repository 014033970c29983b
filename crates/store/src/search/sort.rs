//! In which order rows are wanted.

use super::Reach;
use crate::sql::Composed;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The least first.
    Ascending,
    /// The greatest first.
    Descending,
}

/// In which order rows are wanted. What has nothing to be ordered by comes last; what is equal, in the order of ids.
#[derive(Clone, Copy, Debug)]
pub struct Sort {
    expression: &'static str,
    order: Order,
    is_text: bool,
    is_always_there: bool,
}

impl Sort {
    pub(crate) const fn text(expression: &'static str, order: Order, is_always_there: bool) -> Self {
        Self { expression, order, is_text: true, is_always_there }
    }

    pub(crate) const fn number(expression: &'static str, order: Order) -> Self {
        Self { expression, order, is_text: false, is_always_there: false }
    }

    /// By what every row has and the database orders by itself.
    pub(crate) const fn key(expression: &'static str, order: Order) -> Self {
        Self { expression, order, is_text: false, is_always_there: true }
    }

    /// Goes on with the order.
    pub(crate) fn say(&self, out: &mut Composed, reach: Reach) {
        let way = if self.order == Order::Descending { " DESC" } else { "" };
        out.say(" ORDER BY ");
        if reach == Reach::Few {
            out.aside("");
        }
        match self.is_text {
            true => out.bytewise(self.expression),
            false => out.say(self.expression),
        };
        out.say(way);
        out.say(if self.is_always_there { "" } else { " NULLS LAST" });
        if self.expression != "id" {
            out.say(", id").say(way);
        }
    }
}
