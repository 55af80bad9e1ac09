//! One record: its severity, time, process, call site, message and error, in any of the five forms.
//!
//! ```text
//! text        E1228 16:09:10.046740     228 reflector.go:147] factory.go:160: Failed to watch *v1.Node: Get "https://…
//! structured  E1228 16:08:57.706942     228 controller.go:145] "Failed to ensure lease exists" err="…" interval="1s"
//! JSON        {"ts":1746793716206.3586,"caller":"lease/controller.go:195","msg":"Failed to update lease","err":"…"}
//! logrus      time="2024-12-28T16:08:57Z" level=error msg="Failed to connect to proxy" error="dial tcp 10.0.0.1:6443"
//! headerless  k8s.io/client-go/informers/factory.go:160: Failed to watch *v1.Node: Get "https://cp:6443/api/v1/nodes"
//! ```
//!
//! The grammar, in EBNF; `parse.rs` tries the alternatives of `record` from left to right:
//!
//! ```text
//! record     = headed | json | logrus | program ( headed | logrus ) | headerless ;
//! program    = name [ "[" pid "]:" | ":" ] " " ;     (* "kubelet E1228 …" of MicroShift, "kube-proxy[915]: E1228 …" *)
//! headed     = header ( structured | text ) ;
//! header     = severity month day " " time spaces [ pid spaces ] call-site "]" [ " " ] ;
//! time       = hour ":" minute ":" second "." micros ;
//! severity   = "I" | "W" | "E" | "F" ;
//! call-site  = { directory "/" } file ":" line ;
//! structured = '"' message '"' { " " key "=" ( '"' value '"' | value ) } ;
//! text       = message ;
//! json       = "{" '"ts":' number { "," '"' key '":' value } "}" ;
//! logrus     = [ 'time="' time '" ' ] "level=" level { " " key "=" value }
//!            | level-4 "[" time "]" " " message ;    (* "ERRO[2024-12-28T16:08:57Z] …" *)
//! headerless = message ;                             (* a continuation, another program, a damaged line *)
//! ```
//!
//! Sources: `FormatHeader` in `internal/buffer/buffer.go` and `KVFormat` in `internal/serialize/keyvalues.go` of
//! k8s.io/klog, `logs/json/json.go` of k8s.io/component-base, `text_formatter.go` of github.com/sirupsen/logrus.
//!
//! All parts are slices of the message. Values of the structured forms keep their escapes (`\"`), so that nothing is
//! allocated. What a record means is the subject of `classify`.

pub(crate) mod header;
pub(crate) mod json;
pub(crate) mod logrus;
pub(crate) mod parse;
pub(crate) mod record;
pub(crate) mod severity;
pub(crate) mod text;
