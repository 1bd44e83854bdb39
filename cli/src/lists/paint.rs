//! Tables: with colours for people, and with tabs for programs.

use std::env;
use std::io::{self, IsTerminal};

/// So many colours of a row are shown.
const MOST_BLOCKS: usize = 16;

/// What standard output can show.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    is_terminal: bool,
    has_color: bool,
}

/// A place in a table.
pub(super) enum Cell {
    Text(String),
    /// Blocks in these colours, where they can be shown.
    Colors(Vec<[u8; 3]>),
}

impl Cell {
    /// Without what would act on a terminal: a title may come from a stranger's file.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into().replace(char::is_control, " "))
    }
}

impl Paint {
    pub(super) fn of_stdout() -> Self {
        let variable = |name| env::var(name).unwrap_or_default();
        let is_terminal = io::stdout().is_terminal();
        Self {
            is_terminal,
            has_color: is_terminal && has_color(&variable("COLORTERM"), &variable("NO_COLOR")),
        }
    }

    /// Columns on a terminal; elsewhere a tab between the cells, and no blocks.
    pub(super) fn table(self, rows: &[Vec<Cell>]) -> String {
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                rows.iter()
                    .filter_map(|row| row.get(column))
                    .map(width)
                    .max()
            })
            .map(Option::unwrap_or_default)
            .collect();
        let mut text = String::new();
        for row in rows {
            let cells = row.iter().zip(&widths);
            let cells = cells.filter_map(|(cell, width)| self.shown(cell, *width));
            let line = cells.collect::<Vec<_>>();
            let between = if self.is_terminal { "  " } else { "\t" };
            text += line.join(between).trim_end_matches(' ');
            text.push('\n');
        }
        text
    }

    fn shown(self, cell: &Cell, columns: usize) -> Option<String> {
        match cell {
            Cell::Text(text) if self.is_terminal => Some(format!("{text:columns$}")),
            Cell::Text(text) => Some(text.clone()),
            Cell::Colors(colors) if self.has_color => {
                let blocks = colors.iter().take(MOST_BLOCKS);
                let blocks = blocks.map(|[r, g, b]| format!("\x1b[48;2;{r};{g};{b}m "));
                let rest = columns.saturating_sub(colors.len());
                Some(format!("{}\x1b[0m{:rest$}", blocks.collect::<String>(), ""))
            }
            Cell::Colors(_) => None,
        }
    }
}

fn width(cell: &Cell) -> usize {
    match cell {
        Cell::Text(text) => text.chars().count(),
        Cell::Colors(colors) => colors.len().min(MOST_BLOCKS),
    }
}

/// Whether a terminal has 24 bits of colour, as it says itself, and its user likes them
/// (<https://no-color.org>).
fn has_color(colorterm: &str, no_color: &str) -> bool {
    matches!(colorterm, "truecolor" | "24bit") && no_color.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(is_terminal: bool, has_color: bool) -> String {
        let row = |name: &str, colors: &[[u8; 3]], title: &str| {
            vec![
                Cell::text(name),
                Cell::Colors(colors.to_vec()),
                Cell::text(title),
            ]
        };
        let rows = [
            row("a", &[[1, 2, 3], [4, 5, 6]], "One"),
            row("long", &[[7, 8, 9]], "Two\x1b[2J"),
        ];
        let paint = Paint {
            is_terminal,
            has_color,
        };
        paint.table(&rows)
    }

    #[test]
    fn programs_get_tabs_and_no_escapes() {
        assert_eq!(table(false, false), "a\tOne\nlong\tTwo [2J\n");
    }

    #[test]
    fn a_terminal_without_colours_gets_columns() {
        assert_eq!(table(true, false), "a     One\nlong  Two [2J\n");
    }

    #[test]
    fn a_terminal_with_colours_gets_blocks_of_one_width() {
        let text = table(true, true);
        let (one, two) = text.split_once('\n').unwrap_or_default();
        let escape = "\x1b[48;2;1;2;3m \x1b[48;2;4;5;6m \x1b[0m";
        assert_eq!(one, format!("a     {escape}  One"));
        assert_eq!(two, "long  \x1b[48;2;7;8;9m \x1b[0m   Two [2J\n");
    }

    #[test]
    fn colours_are_shown_where_they_are_known_and_liked() {
        assert!(has_color("truecolor", "") && has_color("24bit", ""));
        assert!(!has_color("truecolor", "1") && !has_color("", ""));
    }
}
