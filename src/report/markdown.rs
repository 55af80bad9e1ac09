//! The report as Markdown: the score card first, then the ladder, then every claim with the lines that prove it.
//!
//! Text from outside is escaped in tables and indented elsewhere, so that it can be no markup.

use std::fmt::{self, Write as _};

use chrono::{Duration, FixedOffset};

use super::{
    document::{EarlierTrouble, Report},
    score::{
        Actor, Attribution, Availability, CauseSource, Claim, EvidenceLine, Finding, LaneScore, ScoreCard, step_name,
    },
};
use crate::{
    observation::{SourceHealth, Time},
    output::{self, printable},
    units,
};

/// The report as Markdown, with times of the day in `zone`.
pub fn markdown(report: &Report, zone: FixedOffset) -> String {
    let mut out = String::new();
    // a String takes everything
    let _infallible = MarkdownPage { out: &mut out, zone }.report(report);
    output::lines(&out).into_owned()
}

/// A page being written.
struct MarkdownPage<'a> {
    out: &'a mut String,
    zone: FixedOffset,
}

impl MarkdownPage<'_> {
    fn report(&mut self, report: &Report) -> fmt::Result {
        let Report { cluster, program, mode, started, until, headline, .. } = report;
        writeln!(self.out, "# Outage report: {}\n", cell(cluster))?;
        writeln!(
            self.out,
            "From {} to {} ({mode}, recorded by {}). Times are in UTC{}.\n",
            self.date(*started),
            self.date(*until),
            cell(program),
            if self.zone.local_minus_utc() == 0 { String::new() } else { self.zone.to_string() },
        )?;
        writeln!(self.out, "> {}\n", cell(headline))?;
        if let Some(damage) = &report.damage {
            writeln!(self.out, "**{damage}.** The rest is here.\n")?;
        }
        if report.outages.is_empty() {
            writeln!(self.out, "There was no outage.\n")?;
        }
        for (index, outage) in report.outages.iter().enumerate() {
            let number = if report.outages.len() > 1 { format!(" {}", index + 1) } else { String::new() };
            self.outage(&number, outage)?;
        }
        self.marks(report)?;
        self.sources(report)?;
        self.before(report)
    }

    fn outage(&mut self, number: &str, card: &ScoreCard) -> fmt::Result {
        let what = card.fault.map_or_else(|| "outage".to_owned(), |fault| format!("{fault:?}").to_lowercase());
        let length = units::duration(Duration::milliseconds((card.duration_s * 1_000.0) as i64));
        writeln!(self.out, "## Score card{number}: {what}, {length}\n")?;
        let over = match card.ended {
            Some(ended) => format!("over at {}", self.time(ended)),
            None => "not over yet".to_owned(),
        };
        writeln!(
            self.out,
            "Began at {} (first detected by: {}), {over}.\n",
            self.time(card.began),
            detected_by(card.detected_by)
        )?;
        self.attribution(&card.attribution)?;
        writeln!(self.out, "| during the outage | answered | of | unknown | |\n|---|---:|---:|---:|---:|")?;
        self.availability("control plane, `/readyz`", &card.control_plane)?;
        self.availability("API writes, dry runs", &card.writes)?;
        self.availability("httpbin, all workers", &card.httpbin)?;
        for (worker, availability) in &card.workers {
            self.availability(&format!("httpbin through {}", cell(worker)), availability)?;
        }
        self.steps(card)?;
        self.ladder(card)?;
        self.gaps(card)?;
        writeln!(self.out, "### What worked, and what did not\n")?;
        card.claims.iter().try_for_each(|claim| self.claim(claim))
    }

    /// The cause, who acted, and how that is known.
    fn attribution(&mut self, attribution: &Attribution) -> fmt::Result {
        let Attribution { actor, source, confidence, cause, clues } = attribution;
        let actor = match actor {
            Actor::Operator => ", by the operator with blackout",
            Actor::SomebodyElse => ", from outside blackout",
            Actor::Unknown => "",
        };
        let source = match source {
            Some(CauseSource::Operator) => String::new(),
            Some(CauseSource::Engine) => " (proven by the container engine's events)".to_owned(),
            Some(CauseSource::Journals) => {
                format!(" (suggested by the order of the failures, confidence {:.0} %)", confidence * 100.0)
            }
            None => " (so far)".to_owned(),
        };
        writeln!(self.out, "Cause: {cause}{actor}{source}.\n")?;
        if clues.is_empty() { Ok(()) } else { self.indented(clues) }
    }

    fn availability(&mut self, what: &str, availability: &Availability) -> fmt::Result {
        let Availability { answered, sent, missed, ratio } = availability;
        let percent = ratio.map_or_else(|| "unknown".to_owned(), |ratio| format!("{:.2} %", ratio * 100.0));
        writeln!(self.out, "| {what} | {answered} | {sent} | {missed} | {percent} |")
    }

    fn steps(&mut self, card: &ScoreCard) -> fmt::Result {
        writeln!(self.out, "\n### Steps\n\n| step | T+ s | at |\n|---|---:|---|")?;
        for step in &card.steps {
            let of = step.of.as_ref().map(|of| format!(" ({})", cell(of))).unwrap_or_default();
            writeln!(self.out, "| {}{of} | {:.3} | {} |", step_name(&step.id), step.t_plus_s, self.time(step.at))?;
        }
        if card.steps.iter().any(|step| step.id == "port-open") {
            writeln!(
                self.out,
                "\nThe container engine publishes the port, and accepts connections before the API server answers."
            )?;
        }
        Ok(())
    }

    fn ladder(&mut self, card: &ScoreCard) -> fmt::Result {
        writeln!(self.out, "\n### The failure ladder\n")?;
        if card.lanes.is_empty() {
            return writeln!(self.out, "No kubelet wrote a line about the control plane.\n");
        }
        let (lines, failures) = (units::count(card.lines, "line"), units::count(card.failures, "failure"));
        writeln!(self.out, "{lines} about the control plane, {failures} in them.\n")?;
        writeln!(
            self.out,
            "| lane | T+ first | T+ last | lines | failures | by worker |\n|---|---:|---:|---:|---:|---|"
        )?;
        for LaneScore { lane, span, workers, .. } in &card.lanes {
            let workers: Vec<String> =
                workers.iter().map(|(worker, own)| format!("{} {}", cell(worker), own.lines)).collect();
            writeln!(
                self.out,
                "| {} | {:.1} | {:.1} | {} | {} | {} |",
                lane.name(),
                span.first_t_plus_s,
                span.last_t_plus_s,
                span.lines,
                span.failures,
                workers.join(", ")
            )?;
        }
        writeln!(self.out)?;
        for lane in card.lanes.iter().filter(|lane| !lane.evidence.is_empty()) {
            writeln!(self.out, "The first lines of `{}`:\n", lane.lane.name())?;
            let lines: Vec<String> = lane.evidence.iter().map(|line| self.raw(line)).collect();
            self.indented(&lines)?;
        }
        Ok(())
    }

    fn gaps(&mut self, card: &ScoreCard) -> fmt::Result {
        if card.longest_gaps.is_empty() {
            return Ok(());
        }
        writeln!(
            self.out,
            "### The longest backoff: seconds between attempts\n\n| worker | call | resource | s |\n|---|---|---|---:|"
        )?;
        for gap in &card.longest_gaps {
            let resource = gap.resource.as_deref().map(cell).unwrap_or_default();
            writeln!(self.out, "| {} | {} | {resource} | {:.1} |", cell(&gap.worker), gap.activity, gap.gap_s)?;
        }
        writeln!(self.out)
    }

    fn claim(&mut self, claim: &Claim) -> fmt::Result {
        let finding = match claim.finding {
            Finding::Worked => "worked",
            Finding::Partly => "worked in part",
            Finding::Failed => "did not work",
            Finding::Unknown => "unknown",
        };
        writeln!(self.out, "**{}**: {finding}; {}.\n", cell(&claim.subject), cell(&claim.statement))?;
        if claim.evidence.is_empty() { Ok(()) } else { self.indented(&claim.evidence) }
    }

    /// Lines as they are. Indented, not fenced: no line can end the block.
    fn indented(&mut self, lines: &[String]) -> fmt::Result {
        lines.iter().try_for_each(|line| writeln!(self.out, "    {}", printable(line)))?;
        writeln!(self.out)
    }

    fn marks(&mut self, report: &Report) -> fmt::Result {
        if report.marks.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "## Marks\n")?;
        for mark in &report.marks {
            let word = if mark.word.is_empty() { "(no word)".to_owned() } else { cell(&mark.word) };
            writeln!(self.out, "- {} {word}", self.time(mark.at))?;
        }
        writeln!(self.out)
    }

    fn sources(&mut self, report: &Report) -> fmt::Result {
        writeln!(
            self.out,
            "## Data sources\n\n| journal | lines | about the control plane | dropped |\n|---|---:|---:|---:|"
        )?;
        for (worker, count) in &report.journals {
            let worker = cell(worker);
            writeln!(self.out, "| {worker} | {} | {} | {} |", count.lines, count.control_plane, count.dropped)?;
        }
        writeln!(self.out, "\n| source | at the end |\n|---|---|")?;
        for (source, health) in &report.sources {
            let health = match health {
                SourceHealth::Connecting => "connecting".to_owned(),
                SourceHealth::Live => "live".to_owned(),
                SourceHealth::Retrying { error } => format!("retrying: {}", cell(error)),
                SourceHealth::Lagging { dropped } => format!("live, {} dropped", units::count(*dropped, "line")),
                SourceHealth::Ended { reason } => format!("ended: {}", cell(reason)),
            };
            writeln!(self.out, "| {} | {health} |", cell(source))?;
        }
        Ok(())
    }

    fn before(&mut self, report: &Report) -> fmt::Result {
        if report.before.is_empty() {
            return Ok(());
        }
        writeln!(
            self.out,
            "\n## Before this run\n\nThe journals begin with older lines, and some are about the control plane:\n"
        )?;
        for EarlierTrouble { first, last, lines } in &report.before {
            writeln!(self.out, "- {} to {}: {}", self.date(*first), self.date(*last), units::count(*lines, "line"))?;
        }
        Ok(())
    }

    fn raw(&self, line: &EvidenceLine) -> String {
        format!("{} {} {}", self.time(line.at), line.worker, line.text)
    }

    fn time(&self, at: Time) -> String {
        at.with_timezone(&self.zone).format("%H:%M:%S%.3f").to_string()
    }

    fn date(&self, at: Time) -> String {
        at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M:%S").to_string()
    }
}

/// The first evidence of an outage in plain words, by its name in JSON.
fn detected_by(name: &str) -> &str {
    match name {
        "fault" => "the operator's request",
        "engine" => "the container engine",
        "health" => "a failed health check",
        "journal" => "a kubelet's journal",
        other => other,
    }
}

/// Text from outside that can be no markup and end no cell of a table.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        if matches!(c, '|' | '<' | '>' | '`' | '*' | '_' | '[' | ']' | '\\' | '#') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
