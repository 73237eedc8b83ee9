//! A file that is cut anywhere and gone on with is the whole file, row for row and line for line.

use super::super::{
    Kind,
    rows::{Chunk, Fault, Format, Place, Values, read},
};
use proptest::{collection::vec, prelude::*, sample::select};
use std::result::Result;
use tessera_domain::capture::Registry;
use tokio::sync::mpsc;

const NAMES: &str = "message_id,timestamp,properties.p,properties.q";

/// A row as it is written, in whole lines, and the cells that it means; none of a blank line.
#[derive(Debug, Clone)]
struct Written {
    text: String,
    cells: Option<Vec<String>>,
}

fn any_row() -> impl Strategy<Value = Written> {
    let end = select(vec!["\n", "\r\n"]);
    let word = select(vec!["", "a", "2019", "b c", "[x]", "5\" wide"]);
    let broken = vec(select(vec!["a", "\n", "\r\n", "\"", ",", "\r", "é"]), 0..5);
    let words = [word.clone(), word];
    let row = (words, broken.clone(), broken, any::<bool>()).prop_map(
        |([first, second], third, fourth, is_short)| {
            let [third, fourth] = [third, fourth].map(|it| it.concat());
            let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
            let mut text = format!("{first},{second},{}", quoted(&third));
            let mut cells = vec![first.to_owned(), second.to_owned(), third];
            // Only where nothing breaks, a row may lack cells and have quotes where none belong.
            let is_one_line = !text.contains('\n');
            if !(is_short && is_one_line && !fourth.contains('\n')) {
                if !is_one_line || fourth.contains('\n') {
                    text = text.replace("5\" wide", "5 wide");
                    cells = cells
                        .into_iter()
                        .map(|it| it.replace("5\" wide", "5 wide"))
                        .collect();
                }
                text = format!("{text},{}", quoted(&fourth));
                cells.push(fourth);
            }
            (text, Some(cells))
        },
    );
    let blank = select(vec!["", "  "]).prop_map(|it| (it.to_owned(), None));
    let line = prop_oneof![5 => row, 1 => blank];
    (line, end).prop_map(|((text, cells), end)| Written {
        text: format!("{text}{end}"),
        cells,
    })
}

fn place(after: Option<&Chunk>) -> Place {
    after.map_or(
        Place {
            first: 1,
            done: 0,
            digest: [0; 32],
            names: None,
        },
        |chunk| Place {
            first: chunk.through + 1,
            done: chunk.through,
            digest: chunk.digest,
            names: chunk.names.clone(),
        },
    )
}

fn take(file: &str, place: Place) -> Result<Vec<Chunk>, Fault> {
    let (to, mut from) = mpsc::channel(1_000);
    let fields = Kind::Events.fields();
    read(file.as_bytes(), Format::Csv, &fields, place, &to);
    drop(to);
    std::iter::from_fn(|| from.blocking_recv()).collect()
}

/// The line of each row, and what stands in it.
fn rows(chunks: &[Chunk]) -> Vec<(i64, String)> {
    let row = |values: &Result<Values, _>| match values {
        Ok(Values::Cells(cells)) => cells.json(&Registry::default()).unwrap_or_default(),
        Ok(Values::Json(text)) => text.clone(),
        Err(refusal) => format!("{refusal:?}"),
    };
    let all = chunks.iter().flat_map(|chunk| &chunk.rows);
    all.map(|raw| (raw.line, row(&raw.values))).collect()
}

fn lines(text: &str) -> i64 {
    i64::try_from(text.matches('\n').count()).unwrap_or(i64::MAX)
}

fn expected(cells: &[String]) -> String {
    let mut object = serde_json::json!({});
    let present = |cell: &&String| !cell.trim().is_empty();
    for (name, cell) in ["message_id", "timestamp"].iter().zip(cells) {
        if present(&cell) {
            object[name] = cell.as_str().into();
        }
    }
    for (name, cell) in ["p", "q"].iter().zip(&cells[2..]) {
        if present(&cell) {
            object["properties"][name] = cell.as_str().into();
        }
    }
    object.to_string()
}

proptest! {
    #[test]
    fn a_file_cut_at_any_row_and_gone_on_with_is_the_whole_file(
        written in vec(any_row(), 1..12), cut in any::<prop::sample::Index>(), names_again in any::<bool>(),
    ) {
        let text = |rows: &[Written]| rows.iter().map(|row| row.text.as_str()).collect::<String>();
        let whole = format!("{NAMES}\n{}", text(&written));
        let mut expected_rows = Vec::new();
        let mut line = 2;
        let mut through = 0;
        for row in &written {
            if let Some(cells) = &row.cells {
                expected_rows.push((line, expected(cells)));
                through = line + lines(&row.text) - 1;
            }
            line += lines(&row.text);
        }
        let all = take(&whole, place(None)).expect("a file");
        prop_assert_eq!(rows(&all), expected_rows.clone());
        prop_assert_eq!(all.last().map_or(0, |it| it.through), through);

        let (begin, _) = written.split_at(cut.index(written.len()) + 1);
        let begin = take(&format!("{NAMES}\n{}", text(begin)), place(None)).expect("a file");
        let Some(last) = begin.last() else { return Ok(()) };
        let done = usize::try_from(last.through).expect("a line");
        let mut rest: String = whole.split_inclusive('\n').skip(done).collect();
        if names_again {
            rest = format!("{NAMES}\n{rest}");
        }
        let rest = take(&rest, place(Some(last))).expect("a file");
        prop_assert_eq!([rows(&begin), rows(&rest)].concat(), expected_rows.clone());
        prop_assert_eq!(rest.last().unwrap_or(last).through, through);
        prop_assert_eq!(rest.last().unwrap_or(last).digest, all.last().map_or([0; 32], |it| it.digest));

        // Sent whole again, what is done is passed over.
        let again = take(&whole, Place { first: 1, ..place(Some(last)) }).expect("the same file");
        prop_assert_eq!(rows(&again), rows(&rest));
    }

    #[test]
    fn no_row_of_a_file_with_a_stray_quote_is_hidden(
        count in 2_usize..20, at in any::<prop::sample::Index>(), column in 0_usize..4,
    ) {
        let at = at.index(count);
        let mut file = format!("{NAMES}\n");
        for number in 0..count {
            let mut cells = ["m", "t", "p", "q"].map(|it| format!("{it}{number}"));
            if number == at {
                cells[column].insert(0, '"');
            }
            file = format!("{file}{}\n", cells.join(","));
        }
        let fault = take(&file, place(None)).err();
        let line = i64::try_from(at).expect("a line") + 2;
        prop_assert!(matches!(fault, Some(Fault::Broken { line: it, .. }) if it == line), "{fault:?}");
    }
}
