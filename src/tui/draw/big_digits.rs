//! Big digits: numbers that are five rows high.

/// Rows of a digit.
pub(crate) const HEIGHT: usize = 5;

/// A number as rows of text, drawn with `block`. A character without a shape becomes a blank column.
pub(crate) fn rows(number: &str, block: &str) -> Vec<String> {
    (0..HEIGHT)
        .map(|row| {
            let glyphs: Vec<String> = number
                .chars()
                .map(|c| {
                    let (width, rows) = shape(c);
                    (0..width).rev().map(|bit| if rows[row] >> bit & 1 == 1 { block } else { " " }).collect()
                })
                .collect();
            glyphs.join(" ")
        })
        .collect()
}

/// Width of a character in columns, and its rows from the top down, one bit a column.
fn shape(c: char) -> (u8, [u8; HEIGHT]) {
    match c {
        '0' => (3, [0b111, 0b101, 0b101, 0b101, 0b111]),
        '1' => (3, [0b010, 0b110, 0b010, 0b010, 0b111]),
        '2' => (3, [0b111, 0b001, 0b111, 0b100, 0b111]),
        '3' => (3, [0b111, 0b001, 0b111, 0b001, 0b111]),
        '4' => (3, [0b101, 0b101, 0b111, 0b001, 0b001]),
        '5' => (3, [0b111, 0b100, 0b111, 0b001, 0b111]),
        '6' => (3, [0b111, 0b100, 0b111, 0b101, 0b111]),
        '7' => (3, [0b111, 0b001, 0b010, 0b010, 0b010]),
        '8' => (3, [0b111, 0b101, 0b111, 0b101, 0b111]),
        '9' => (3, [0b111, 0b101, 0b111, 0b001, 0b111]),
        '.' => (1, [0, 0, 0, 0, 1]),
        ':' => (1, [0, 1, 0, 1, 0]),
        '%' => (5, [0b11001, 0b11010, 0b00100, 0b01011, 0b10011]),
        _ => (1, [0; HEIGHT]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_side_by_side() {
        assert_eq!(rows("1.0", "#"), [" #    ###", "##    # #", " #    # #", " #    # #", "### # ###"]);
    }
}
