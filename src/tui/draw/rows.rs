//! A cursor that fills an area row by row.

use ratatui::{buffer::Buffer, layout::Rect, style::Style, text::Line, widgets::Widget as _};

/// A cursor that fills an area row by row, from the top down. Rows beyond the area are not drawn.
pub(crate) struct Rows<'a> {
    area: Rect,
    used: u16,
    buf: &'a mut Buffer,
}

impl<'a> Rows<'a> {
    /// A cursor at the first row of `area`.
    pub(crate) fn new(area: Rect, buf: &'a mut Buffer) -> Self {
        Self { area: area.intersection(buf.area), used: 0, buf }
    }

    /// Columns of a row.
    pub(crate) fn columns(&self) -> usize {
        usize::from(self.area.width)
    }

    /// Rows below the cursor.
    pub(crate) fn left(&self) -> usize {
        usize::from(self.area.height - self.used)
    }

    /// Draws one row and moves down.
    pub(crate) fn put<'l>(&mut self, line: impl Into<Line<'l>>) {
        let Some(area) = self.next() else { return };
        line.into().render(area, self.buf);
    }

    /// Draws one row, and sets a style over its whole width.
    pub(crate) fn put_over<'l>(&mut self, line: impl Into<Line<'l>>, style: Style) {
        let Some(area) = self.next() else { return };
        line.into().render(area, self.buf);
        self.buf.set_style(area, style);
    }

    /// Draws several rows and moves down.
    pub(crate) fn put_all<'l>(&mut self, lines: impl IntoIterator<Item = Line<'l>>) {
        for line in lines {
            self.put(line);
        }
    }

    /// Takes the next row for a widget. `None` if no row is left.
    pub(crate) fn next(&mut self) -> Option<Rect> {
        (self.left() > 0).then(|| {
            let area = Rect { y: self.area.y + self.used, height: 1, ..self.area };
            self.used += 1;
            area
        })
    }

    /// Takes all rows below the cursor.
    pub(crate) fn rest(&mut self) -> (Rect, &mut Buffer) {
        let area = Rect { y: self.area.y + self.used, height: self.area.height - self.used, ..self.area };
        self.used = self.area.height;
        (area, self.buf)
    }
}
