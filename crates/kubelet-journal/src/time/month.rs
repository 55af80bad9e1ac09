//! Month names as journals abbreviate them, in the languages whose journals people paste.
//!
//! `journalctl -o short` writes strftime's `%b` in the locale of the person who ran it. A name that is not in the table
//! is no error: klog's header has the month in digits.

/// Abbreviations of each month in lower case (glibc's locales); a longer name matches too (`october` begins with
/// `oct`).
const NAMES: [&[&str]; 12] = [
    &["jan", "ene", "gen", "janv", "янв", "sty", "oca", "led", "tam", "січ", "ιαν", "ינו"],
    &["feb", "fév", "fev", "фев", "lut", "şub", "úno", "hel", "лют", "φεβ", "פבר"],
    &["mar", "mär", "mrz", "märz", "mrt", "мар", "maa", "bře", "бер", "μαρ", "מרץ"],
    &["apr", "avr", "abr", "апр", "kwi", "nis", "dub", "huh", "кві", "απρ", "אפר"],
    &["may", "mai", "mag", "maj", "mei", "май", "мая", "kvě", "tou", "тра", "μαΐ", "maio", "מאי"],
    &["jun", "juin", "giu", "июн", "cze", "haz", "čer", "kes", "чер", "ιουν", "יונ"],
    &["jul", "juil", "lug", "июл", "lip", "tem", "čec", "hei", "лип", "ιουλ", "יול"],
    &["aug", "août", "ago", "авг", "sie", "ağu", "srp", "elo", "сер", "αυγ", "אוג"],
    &["sep", "sept", "set", "сен", "wrz", "eyl", "zář", "syy", "вер", "σεπ", "ספט"],
    &["oct", "okt", "ott", "out", "окт", "paź", "eki", "říj", "lok", "жов", "οκτ", "אוק"],
    &["nov", "ноя", "lis", "kas", "mar.", "лис", "νοε", "נוב"],
    &["dec", "dez", "déc", "dic", "дек", "gru", "ara", "pro", "jou", "гру", "δεκ", "des", "דצמ"],
];

/// Returns the number of a month, from 1 to 12; `None` if the name is unknown.
pub(crate) fn number(name: &str) -> Option<u8> {
    if let &[a, b, c] = name.as_bytes()
        && let Some(month) = english([a, b, c])
    {
        return Some(month);
    }
    foreign(name)
}

/// Returns the number of a month from its English abbreviation, in any case.
pub(crate) fn english([a, b, c]: [u8; 3]) -> Option<u8> {
    let month = match [a.to_ascii_lowercase(), b.to_ascii_lowercase(), c.to_ascii_lowercase()] {
        [b'j', b'a', b'n'] => 1,
        [b'f', b'e', b'b'] => 2,
        [b'm', b'a', b'r'] => 3,
        [b'a', b'p', b'r'] => 4,
        [b'm', b'a', b'y'] => 5,
        [b'j', b'u', b'n'] => 6,
        [b'j', b'u', b'l'] => 7,
        [b'a', b'u', b'g'] => 8,
        [b's', b'e', b'p'] => 9,
        [b'o', b'c', b't'] => 10,
        [b'n', b'o', b'v'] => 11,
        [b'd', b'e', b'c'] => 12,
        _ => return None,
    };
    Some(month)
}

fn foreign(name: &str) -> Option<u8> {
    if name.len() > 40 {
        return None;
    }
    if let Some(digits) = name.strip_suffix(['月', '월']) {
        return digits.parse().ok().filter(|month| (1..=12).contains(month));
    }
    let name = name.trim_end_matches('.').to_lowercase();
    if name.chars().count() < 3 || !name.chars().all(char::is_alphabetic) {
        return None;
    }
    // a stray letter of another script before a full English name (`أoctober`)
    let latin = name.trim_start_matches(|c: char| !c.is_ascii());
    let candidates = [name.as_str(), if latin.len() >= 3 { latin } else { &name }];
    for candidate in candidates {
        for (index, names) in (1_u8..).zip(NAMES) {
            if names.contains(&candidate) {
                return Some(index);
            }
        }
    }
    for candidate in candidates {
        for (index, names) in (1_u8..).zip(NAMES) {
            if names.iter().any(|known| candidate.starts_with(known)) {
                return Some(index);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn months_of_the_languages_people_paste_are_known() {
        let pasted = [
            ("Dec", 12),
            ("10月", 10),
            ("9月", 9),
            ("5月", 5),
            ("Dez", 12),
            ("lis", 11),
            ("mai", 5),
            ("сен", 9),
            ("أoctober", 10),
            ("août", 8),
            ("juil.", 7),
            ("juin", 6),
            ("sept.", 9),
            ("1월", 1),
            ("ene", 1),
            ("Mär", 3),
            ("янв", 1),
            ("сент.", 9),
            ("märz", 3),
        ];
        for (name, month) in pasted {
            assert_eq!(number(name), Some(month), "{name}");
        }
    }

    #[test]
    fn other_words_are_no_months() {
        for word in ["kubelet", "-12月", "13月", "", "x", "host-1", "12"] {
            assert_eq!(number(word), None, "{word}");
        }
    }
}
