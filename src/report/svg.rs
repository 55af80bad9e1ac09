//! A drawn screen as an SVG picture: each cell at its place in the terminal, with text that can be selected.
//!
//! Lines and blocks are drawn as shapes, since a font leaves gaps between them that no terminal has. The content of the
//! screen has no meaning here.

use std::fmt::Write as _;

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};

use crate::output::printable;

/// Width of a cell in pixels: 0.6 of the font size, the advance of the usual monospaced fonts.
const CELL_WIDTH: f32 = 8.4;
/// Height of a cell in pixels.
const CELL_HEIGHT: f32 = 18.0;
/// Font size in pixels.
const FONT_SIZE: f32 = 14.0;
/// Space around the screen in pixels.
const MARGIN: f32 = 10.0;

/// The colors of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Color of text without a style.
    pub foreground: &'static str,
    /// Color of a cell without a background.
    pub background: &'static str,
    /// The sixteen named colors, in ANSI order.
    pub ansi: [&'static str; 16],
}

/// Colors of a dark terminal.
pub const DARK: Palette = Palette {
    foreground: "#d8dee9",
    background: "#11151c",
    ansi: [
        "#2e3440", "#e06c75", "#7fbf6a", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#c8ccd4", "#7d8799", "#ff7b86",
        "#98d982", "#ffd68a", "#7cc3ff", "#dc9bf0", "#72d6e2", "#ffffff",
    ],
};

/// Colors of a light terminal.
pub const LIGHT: Palette = Palette {
    foreground: "#24292f",
    background: "#ffffff",
    ansi: [
        "#24292f", "#b3261e", "#1a7f37", "#8a6100", "#0550ae", "#8250df", "#0f6f78", "#6e7781", "#57606a", "#cf222e",
        "#2da44e", "#bf8700", "#218bff", "#a475f9", "#3192aa", "#8c959f",
    ],
};

/// The colors and attributes of a cell, as SVG has them.
#[derive(Clone, PartialEq)]
struct CellStyle {
    foreground: String,
    background: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underlined: bool,
}

/// Draws `buffer` with a title for screen readers.
pub fn svg(buffer: &Buffer, palette: &Palette, title: &str) -> String {
    let area = buffer.area;
    let width = f32::from(area.width) * CELL_WIDTH + 2.0 * MARGIN;
    let height = f32::from(area.height) * CELL_HEIGHT + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\">\n<title>{}</title>\n<rect width=\"100%\" height=\"100%\" rx=\"6\" \
         fill=\"{}\"/>\n<g font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\" \
         font-size=\"{FONT_SIZE}\" xml:space=\"preserve\" style=\"white-space:pre\">\n",
        escaped(title),
        palette.background
    );
    for y in area.top()..area.bottom() {
        row(&mut out, buffer, palette, y);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

fn row(out: &mut String, buffer: &Buffer, palette: &Palette, y: u16) {
    let area = buffer.area;
    let mut x = area.left();
    while x < area.right() {
        let style = cell_style(&buffer[(x, y)], palette);
        let first = x;
        let mut text = String::new();
        let mut shapes = Vec::new();
        while x < area.right() && cell_style(&buffer[(x, y)], palette) == style {
            let symbol = buffer[(x, y)].symbol();
            let wide = unicode_width::UnicodeWidthStr::width(symbol).max(1) as u16;
            match shape(symbol) {
                Some(shape) => {
                    shapes.push((x, shape));
                    text.push(' ');
                }
                None => text.push_str(symbol),
            }
            x += wide;
        }
        let (left, top) = (cell_x(first, area.left()), cell_y(y, area.top()));
        let run = f32::from(x - first) * CELL_WIDTH;
        if let Some(background) = &style.background {
            let _ = writeln!(
                out,
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{run:.1}\" height=\"{CELL_HEIGHT}\" \
                 fill=\"{background}\"/>"
            );
        }
        for (x, shape) in shapes {
            draw(out, shape, cell_x(x, area.left()), top, &style);
        }
        if !text.trim().is_empty() {
            let base = top + CELL_HEIGHT * 0.75;
            let _ = writeln!(
                out,
                "<text x=\"{left:.1}\" y=\"{base:.1}\" textLength=\"{run:.1}\" fill=\"{}\"{}>{}</text>",
                style.foreground,
                attributes(&style),
                escaped(&text)
            );
        }
    }
}

fn cell_x(x: u16, left: u16) -> f32 {
    MARGIN + f32::from(x - left) * CELL_WIDTH
}

fn cell_y(y: u16, top: u16) -> f32 {
    MARGIN + f32::from(y - top) * CELL_HEIGHT
}

fn attributes(style: &CellStyle) -> String {
    let mut out = String::new();
    for (set, attribute) in [
        (style.bold, " font-weight=\"700\""),
        (style.dim, " opacity=\"0.65\""),
        (style.italic, " font-style=\"italic\""),
        (style.underlined, " text-decoration=\"underline\""),
    ] {
        if set {
            out.push_str(attribute);
        }
    }
    out
}

fn cell_style(cell: &Cell, palette: &Palette) -> CellStyle {
    let mut foreground = color(cell.fg, palette).unwrap_or_else(|| palette.foreground.to_owned());
    let mut background = color(cell.bg, palette);
    if cell.modifier.contains(Modifier::REVERSED) {
        let behind = background.unwrap_or_else(|| palette.background.to_owned());
        background = Some(std::mem::replace(&mut foreground, behind));
    }
    CellStyle {
        foreground,
        background,
        bold: cell.modifier.contains(Modifier::BOLD),
        dim: cell.modifier.contains(Modifier::DIM),
        italic: cell.modifier.contains(Modifier::ITALIC),
        underlined: cell.modifier.contains(Modifier::UNDERLINED),
    }
}

fn color(color: Color, palette: &Palette) -> Option<String> {
    let named = |index: usize| Some(palette.ansi[index].to_owned());
    match color {
        Color::Reset => None,
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => named(8),
        Color::LightRed => named(9),
        Color::LightGreen => named(10),
        Color::LightYellow => named(11),
        Color::LightBlue => named(12),
        Color::LightMagenta => named(13),
        Color::LightCyan => named(14),
        Color::White => named(15),
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        Color::Indexed(index) => Some(indexed(index, palette)),
    }
}

/// The 256 colors of xterm: the palette, a cube of 6 x 6 x 6, and 24 grays.
fn indexed(index: u8, palette: &Palette) -> String {
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match index {
        0..=15 => palette.ansi[usize::from(index)].to_owned(),
        16..=231 => {
            let index = index - 16;
            format!("#{:02x}{:02x}{:02x}", level(index / 36), level(index / 6 % 6), level(index % 6))
        }
        232..=255 => {
            let gray = 8 + 10 * (index - 232);
            format!("#{gray:02x}{gray:02x}{gray:02x}")
        }
    }
}

#[derive(Clone, Copy)]
enum Shape {
    /// Lower part of the cell, in eighths of its height.
    Lower(u8),
    /// Left part of the cell, in eighths of its width.
    Left(u8),
    /// The whole cell with this opacity, from 0 to 1.
    Shade(f32),
    /// Arms of a line (left, right, up, down), and its thickness in pixels.
    Line([bool; 4], f32),
}

fn shape(symbol: &str) -> Option<Shape> {
    let mut chars = symbol.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else { return None };
    Some(match c {
        '▁'..='█' => Shape::Lower((c as u32 - '▁' as u32 + 1) as u8),
        '▉'..='▏' => Shape::Left(('▏' as u32 - c as u32 + 1) as u8),
        '░' => Shape::Shade(0.25),
        '▒' => Shape::Shade(0.5),
        '▓' => Shape::Shade(0.75),
        _ => {
            let (arms, thick) = arms(c)?;
            Shape::Line(arms, thick)
        }
    })
}

fn arms(c: char) -> Option<([bool; 4], f32)> {
    let (thin, thick) = (1.0, 2.0);
    let (left, right, up, down, width) = match c {
        '─' => (true, true, false, false, thin),
        '━' => (true, true, false, false, thick),
        '│' => (false, false, true, true, thin),
        '┃' => (false, false, true, true, thick),
        '┌' | '╭' => (false, true, false, true, thin),
        '┐' | '╮' => (true, false, false, true, thin),
        '└' | '╰' => (false, true, true, false, thin),
        '┘' | '╯' => (true, false, true, false, thin),
        '┏' => (false, true, false, true, thick),
        '┓' => (true, false, false, true, thick),
        '┗' => (false, true, true, false, thick),
        '┛' => (true, false, true, false, thick),
        '├' => (false, true, true, true, thin),
        '┤' => (true, false, true, true, thin),
        '┬' => (true, true, false, true, thin),
        '┴' => (true, true, true, false, thin),
        '┼' => (true, true, true, true, thin),
        _ => return None,
    };
    Some(([left, right, up, down], width))
}

fn draw(out: &mut String, shape: Shape, left: f32, top: f32, style: &CellStyle) {
    let fill = &style.foreground;
    let opacity = if style.dim { " opacity=\"0.65\"" } else { "" };
    let mut rect = |x: f32, y: f32, width: f32, height: f32, extra: &str| {
        let _ = writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\"{extra}/>"
        );
    };
    match shape {
        Shape::Lower(eighths) => {
            let height = CELL_HEIGHT * f32::from(eighths) / 8.0;
            rect(left, top + CELL_HEIGHT - height, CELL_WIDTH, height, opacity);
        }
        Shape::Left(eighths) => rect(left, top, CELL_WIDTH * f32::from(eighths) / 8.0, CELL_HEIGHT, opacity),
        Shape::Shade(share) => rect(left, top, CELL_WIDTH, CELL_HEIGHT, &format!(" opacity=\"{share}\"")),
        Shape::Line([to_left, to_right, up, down], thick) => {
            let (middle_x, middle_y) = (left + CELL_WIDTH / 2.0, top + CELL_HEIGHT / 2.0);
            let half = thick / 2.0;
            if to_left || to_right {
                let from = if to_left { left } else { middle_x - half };
                let to = if to_right { left + CELL_WIDTH } else { middle_x + half };
                rect(from, middle_y - half, to - from, thick, opacity);
            }
            if up || down {
                let from = if up { top } else { middle_y - half };
                let to = if down { top + CELL_HEIGHT } else { middle_y + half };
                rect(middle_x - half, from, thick, to - from, opacity);
            }
        }
    }
}

fn escaped(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;

    #[test]
    fn text_keeps_its_position_and_cannot_become_markup() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(2, 0, "<b>&", Style::default().fg(Color::Red));
        let picture = svg(&buffer, &DARK, "a & b\u{1b}\u{202e}");
        assert!(picture.contains("<title>a &amp; b␛\u{fffd}</title>"), "{picture}");
        assert!(picture.contains("x=\"26.8\""), "{picture}");
        assert!(picture.contains("&lt;b&gt;&amp;</text>"), "{picture}");
        assert!(picture.contains(DARK.ansi[1]), "{picture}");
    }

    #[test]
    fn blocks_and_lines_are_shapes_without_gaps() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
        buffer.set_string(0, 0, "█─│", Style::default());
        let picture = svg(&buffer, &DARK, "shapes");
        assert_eq!(picture.matches("<rect x=").count(), 3, "{picture}");
        assert!(!picture.contains("<text"), "{picture}");
    }

    #[test]
    fn reversed_cells_swap_their_colors() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 1, 1));
        buffer.set_string(0, 0, "x", Style::default().add_modifier(Modifier::REVERSED));
        let picture = svg(&buffer, &DARK, "reversed");
        assert!(picture.contains(&format!("height=\"18\" fill=\"{}\"", DARK.foreground)), "{picture}");
    }
}
