//! `--format text`: the outages for a person, in 80 columns.
//!
//! A pure function of an analysis and a style. Text that comes from a journal is made safe to show.
//!
//! | file | subject |
//! |---|---|
//! | `page` | lines of a given width, with or without color and Unicode |
//! | `times` | times of lines and outages |
//! | `overview` | the workers, the list of outages, and what is not about the control plane |
//! | `outage` | one outage: its span, its likely cause, its lanes |
//! | `retries` | attempts of an outage beside the expected backoff |

mod outage;
mod overview;
mod page;
mod retries;
mod times;

use std::{cmp::Reverse, io};

use self::{overview::FEWEST_FAILURES, page::TextPage};
use crate::analyze::{fold::analysis::Analysis, options::OutputStyle};

/// Outages that are described; of more, those with the most failures.
const MOST_DESCRIBED: usize = 12;

/// Writes an analysis.
///
/// # Errors
/// Returns an error if `out` cannot be written.
pub(crate) fn write(analysis: &Analysis, style: OutputStyle, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = TextPage::new(style);
    overview::write_workers(analysis, &mut page);
    match analysis.outages.len() {
        0 => page.line(&page.good("No call to the control plane failed.")),
        1 => {}
        _ => overview::write_list(analysis, &mut page),
    }
    for index in described(analysis) {
        page.blank();
        outage::write(analysis, index, &mut page);
    }
    page.blank();
    overview::write_other_lines(analysis, &mut page);
    out.write_all(page.text().as_bytes())
}

/// Writes a hint instead of an analysis, as a sentence.
///
/// # Errors
/// Returns an error if `out` cannot be written.
pub(crate) fn write_hint(hint: &str, style: OutputStyle, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = TextPage::new(style);
    let text = page.safe(hint, usize::MAX);
    let mut rest = text.chars();
    let first = rest.next().map(|first| first.to_ascii_uppercase());
    page.paragraph(&format!("{}{}.", first.unwrap_or_default(), rest.as_str()));
    out.write_all(page.text().as_bytes())
}

/// Returns the indices of the outages that are described, oldest first.
fn described(analysis: &Analysis) -> Vec<usize> {
    let failures = |index: &usize| analysis.outages[*index].outage.failures;
    let mut indices: Vec<usize> = (0..analysis.outages.len()).collect();
    if indices.len() > 1 {
        indices.retain(|index| failures(index) >= FEWEST_FAILURES);
        indices.sort_by_key(|index| Reverse(failures(index)));
        indices.truncate(MOST_DESCRIBED);
        indices.sort_unstable();
    }
    indices
}
