//! What the demo API sells: a few orders for each person, in memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

/// Orders kept for one person; the oldest goes first.
const MOST_ORDERS: usize = 20;
/// People remembered; a demo that runs for months must not grow for months.
const MOST_PEOPLE: usize = 1000;

/// Something ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Order {
    id: u32,
    item: String,
}

/// What a person asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewOrder {
    item: String,
}

/// Everybody's orders.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders(Arc<Mutex<HashMap<String, Vec<Order>>>>);

impl Orders {
    /// The orders of one person, who starts with two.
    pub(super) fn of(&self, subject: &str) -> Vec<Order> {
        self.with(subject, |orders| orders.clone())
    }

    /// Places an order, or says why not.
    pub(super) fn place(&self, subject: &str, new: NewOrder) -> Result<Order, &'static str> {
        let item = new.item.trim();
        if item.is_empty() {
            return Err("item is empty");
        }
        if item.chars().count() > 120 {
            return Err("item is longer than 120 characters");
        }
        Ok(self.with(subject, |orders| {
            let id = orders.last().map_or(1, |last| last.id.saturating_add(1));
            let order = Order { id, item: item.to_owned() };
            orders.push(order.clone());
            if orders.len() > MOST_ORDERS {
                orders.remove(0);
            }
            order
        }))
    }

    fn with<T>(&self, subject: &str, act: impl FnOnce(&mut Vec<Order>) -> T) -> T {
        let mut people = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if people.len() >= MOST_PEOPLE && !people.contains_key(subject) {
            people.clear();
        }
        act(people.entry(subject.to_owned()).or_insert_with(first_orders))
    }
}

fn first_orders() -> Vec<Order> {
    ["A brass key", "A spare for the brass key"]
        .into_iter()
        .zip(1..)
        .map(|(item, id)| Order { id, item: item.to_owned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_has_orders_of_their_own() {
        let orders = Orders::default();
        let placed = orders.place("ada", NewOrder { item: " A lock ".to_owned() }).expect("it is fine");
        assert_eq!((placed.id, placed.item.as_str()), (3, "A lock"));
        assert_eq!(orders.of("ada").len(), 3);
        assert_eq!(orders.of("bob").len(), 2);
    }

    #[test]
    fn an_order_has_an_item_of_reasonable_length_and_old_ones_go() {
        let orders = Orders::default();
        assert!(orders.place("ada", NewOrder { item: "  ".to_owned() }).is_err());
        assert!(orders.place("ada", NewOrder { item: "x".repeat(121) }).is_err());
        for _ in 0..30 {
            orders.place("ada", NewOrder { item: "x".repeat(120) }).expect("it is fine");
        }
        assert_eq!(orders.of("ada").len(), MOST_ORDERS);
    }
}
