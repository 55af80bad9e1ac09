//! Explanatory captions in every language of the screen.
//!
//! They cover what a lane and a failure mean, and what an empty pane will show. Everything else on the screen
//! (headline, keys, names of lanes and activities) is English only: these are the words that a search finds.

use crate::{kubelet::Symptom, world::LaneId};

/// Language of the captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Language {
    /// English, the default language.
    #[default]
    En,
    /// Korean, for the captions alone.
    Ko,
}

/// One caption in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caption {
    en: &'static str,
    ko: &'static str,
}

impl Caption {
    const fn new(en: &'static str, ko: &'static str) -> Self {
        Self { en, ko }
    }

    /// The caption in a language.
    pub(crate) fn text(self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::Ko => self.ko,
        }
    }
}

/// Heading of the lanes before the first outage.
pub(crate) const NO_OUTAGE_YET: Caption = Caption::new(
    "No outage yet. In one, the kubelets report failures in this order:",
    "장애 없음. 장애가 나면 kubelet은 다음 순서로 오류를 냅니다:",
);

/// Heading of the lanes while no journal is live.
pub(crate) const NO_JOURNAL: Caption = Caption::new(
    "? No journal is live. In an outage, the kubelets report failures in this order:",
    "? 수신 중인 로그가 없습니다. 장애가 나면 kubelet은 다음 순서로 오류를 냅니다:",
);

/// Text of the list before the first journal line.
pub(crate) const NO_ENTRIES: Caption = Caption::new(
    "No journal lines yet. Lines of the workers' kubelets appear here.",
    "아직 로그가 없습니다. 워커의 kubelet 로그가 여기에 나타납니다.",
);

/// Text of the retries pane before the first outage.
pub(crate) const NO_RETRIES: Caption = Caption::new(
    "No retries yet. In an outage, lease updates back off from 0.2 s to 7 s, watches from 1 s to 30-60 s.",
    "재시도가 없습니다. 장애 중 lease는 0.2초에서 7초까지, watch는 1초에서 30-60초까지 간격이 늘어납니다.",
);

/// Meaning of a lane. In English it is the caption that `analyze` prints, too.
pub(crate) fn lane(lane: LaneId) -> Caption {
    let korean = match lane {
        LaneId::Refused => "포트 닫힘, 호스트는 정상",
        LaneId::Lease => "노드 lease 갱신 실패",
        LaneId::Dns => "이름을 찾을 수 없음",
        LaneId::Watch => "watch 끊김, 백오프 30-60초",
        LaneId::Timeout => "포트는 열림, 응답 없음",
        LaneId::Lost => "열린 연결이 끊어짐",
        LaneId::Auth => "401 / 403",
        LaneId::Unreachable => "호스트로 가는 경로 없음",
        LaneId::Server => "5xx 또는 429 응답",
    };
    Caption::new(lane.caption(), korean)
}

/// Error of a failed call, in the words of the Go error where there are any.
pub(crate) fn error(symptom: Symptom) -> Caption {
    match symptom {
        Symptom::ConnectionRefused => Caption::new("connection refused", "연결 거부"),
        Symptom::DnsFailure => Caption::new("no such host", "호스트 이름 없음"),
        Symptom::Unreachable => Caption::new("no route to host", "경로 없음"),
        Symptom::Timeout => Caption::new("timed out", "시간 초과"),
        Symptom::ConnectionLost => Caption::new("connection lost", "연결 끊김"),
        Symptom::TlsOrAuth => Caption::new("401 / 403", "401 / 403"),
        Symptom::ServerError => Caption::new("server error", "서버 오류"),
        Symptom::RateLimited => Caption::new("rate limited (429)", "요청 제한 (429)"),
        Symptom::None => Caption::new("retries exhausted", "재시도 한도 초과"),
    }
}
