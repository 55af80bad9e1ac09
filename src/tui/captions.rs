//! The plain-language captions, as data, in every language of the screen.
//!
//! Words of the formats (lane names, activities, freshness) are not translated: they are what a person finds in the
//! documentation. The sentence on top comes from the world.

use crate::{kubelet::Symptom, world::LaneId};

/// A language of the captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Korean.
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
    pub(crate) fn say(self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::Ko => self.ko,
        }
    }
}

/// What the lanes pane says before there was an outage.
pub(crate) const QUIET: Caption = Caption::new(
    "All quiet. In an outage the kubelets complain in this order:",
    "조용합니다. 장애가 나면 kubelet은 다음 순서로 오류를 냅니다:",
);

/// What the lanes pane says while no journal is heard.
pub(crate) const DEAF: Caption = Caption::new(
    "? No journal is heard. In an outage the kubelets complain in this order:",
    "? 들리는 로그가 없습니다. 장애가 나면 kubelet은 다음 순서로 오류를 냅니다:",
);

/// What the list says while it is empty.
pub(crate) const EMPTY_LIST: Caption = Caption::new(
    "No journal line yet: the workers' kubelets write here.",
    "아직 로그가 없습니다. 워커의 kubelet 로그가 여기에 나타납니다.",
);

/// What the retries pane says before there was an outage.
pub(crate) const NO_RETRIES: Caption = Caption::new(
    "Nothing to retry. In an outage: a lease waits 0.2 s, doubling to 7 s; a watch 1 s, growing to 30-60 s.",
    "재시도가 없습니다. 장애 중 lease는 0.2초에서 7초까지, watch는 1초에서 30-60초까지 간격이 늘어납니다.",
);

/// What a lane means, in a few words.
pub(crate) fn lane(lane: LaneId) -> Caption {
    match lane {
        LaneId::Refused => Caption::new("port closed, host still there", "포트만 닫힘, 호스트는 살아 있음"),
        LaneId::Lease => Caption::new("heartbeat not renewed", "하트비트 갱신 실패"),
        LaneId::Dns => Caption::new("the engine dropped the name", "엔진이 이름을 지움"),
        LaneId::Watch => Caption::new("no news; waits grow to 30-60 s", "소식 끊김, 30-60초까지 간격 증가"),
        LaneId::Timeout => Caption::new("port open, nobody answers", "포트는 열림, 응답 없음"),
        LaneId::Lost => Caption::new("open connections broke", "열린 연결이 끊어짐"),
        LaneId::Auth => Caption::new("certificate or permission refused", "인증서 또는 권한 거부"),
        LaneId::Unreachable => Caption::new("no way to the host", "호스트로 가는 길 없음"),
        LaneId::Server => Caption::new("answers, but with errors", "응답하지만 오류"),
    }
}

/// How a call failed, in a few words.
pub(crate) fn cause(symptom: Symptom) -> Caption {
    match symptom {
        Symptom::ConnectionRefused => Caption::new("connection refused", "연결 거부"),
        Symptom::DnsFailure => Caption::new("no such host", "호스트 이름 없음"),
        Symptom::Unreachable => Caption::new("no way to the host", "경로 없음"),
        Symptom::Timeout => Caption::new("no answer in time", "시간 초과"),
        Symptom::ConnectionLost => Caption::new("connection lost", "연결 끊김"),
        Symptom::TlsOrAuth => Caption::new("not trusted or allowed", "인증 또는 권한 거부"),
        Symptom::ServerError => Caption::new("server error", "서버 오류"),
        Symptom::RateLimited => Caption::new("told to slow down", "요청 제한"),
        Symptom::None => Caption::new("gave up this round", "이번 시도 포기"),
    }
}
