//! What the cells of a table are.

use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;
use tessera_domain::capture::{Cells, Columns, Fields, seed_registry};

/// What a cell becomes under a name, in a row of this event.
fn read(event: &str, name: &str, cell: &str) -> Result<Value, &'static str> {
    let names = ["event", name].map(str::to_owned);
    let columns = Arc::new(Columns::of(&names, &Fields::of_events()).expect("columns"));
    let ends = vec![event.len(), event.len() + cell.len()];
    let cells = Cells::new(columns, format!("{event}{cell}"), ends);
    let row = cells
        .json(&seed_registry())
        .map_err(|refusal| refusal.code)?;
    let row: Value = serde_json::from_str(&row).expect("JSON");
    let (parent, name) = name.split_once('.').expect("a member");
    Ok(row[parent][name].clone())
}

#[test]
fn a_number_that_would_be_another_one_is_refused() {
    let number = |cell| read("page_viewed", "properties.duration_secs", cell);
    for cell in [
        "19.999999999999999999",
        "18446744073709551616",
        "0.10000000000000000001",
    ] {
        assert_eq!(number(cell), Err("number_out_of_range"), "{cell}");
    }
    for (cell, value) in [
        ("12.50", json!(12.5)),
        ("1E10", json!(1e10)),
        ("0.0", json!(0.0)),
        ("-3", json!(-3)),
        // The rule of the property refuses it.
        ("twelve", json!("twelve")),
        ("007", json!("007")),
    ] {
        assert_eq!(number(cell), Ok(value), "{cell}");
    }
}

#[test]
fn a_whole_number_may_be_written_with_decimals() {
    let status = |cell| read("api_called", "properties.status", cell);
    for (cell, value) in [
        ("50.0", json!(50)),
        ("5e1", json!(50)),
        ("-3.00", json!(-3)),
        // The rule of the property refuses it.
        ("50.5", json!("50.5")),
    ] {
        assert_eq!(status(cell), Ok(value), "{cell}");
    }
    assert_eq!(status("9007199254740993.0"), Err("number_out_of_range"));
}

#[test]
fn consent_is_true_or_false_in_any_case() {
    for (cell, value) in [
        ("FALSE", json!(false)),
        ("true", json!(true)),
        ("no", json!("no")),
    ] {
        assert_eq!(read("page_viewed", "context.consent", cell), Ok(value));
    }
}

proptest! {
    #[test]
    fn nothing_of_a_cell_is_lost(cell in "[-+.0-9eE]{1,20}|[0-9]{1,4}\\.[0-9]{1,3}|true|\\PC{1,20}") {
        prop_assume!(!cell.trim().is_empty());
        let text = read("page_viewed", "properties.title", &cell);
        prop_assert_eq!(text, Ok(json!(cell)));
        let kept = read("page_viewed", "properties.unknown", &cell).expect("a value");
        let shown = kept.as_str().map_or_else(|| kept.to_string(), str::to_owned);
        prop_assert_eq!(shown, cell);
        prop_assert!(!kept.is_object() && !kept.is_array());
    }
}
