//! Each way in which a dashboard can end, at each moment of an outage that it has made: the control plane is ready again
//! at the end, with no other action.

use std::time::Duration;

use super::stage::{SHORT, Stage, ask_to_start, is_down};
use crate::{program::runtime, promises::stage::CP, terminal::Terminal};

/// Way in which the dashboard ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Signal(&'static str),
    ClosedTerminal,
    /// A panic, of the loop or of a draw.
    Panic(&'static str),
    /// A panic of the task that has a deed done: the dashboard lives on, and the timer is what is left.
    PanicInDeed,
}

/// Moment of the outage at which the dashboard ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// The engine has been asked to stop the container.
    JustAfterTheYes,
    TwoSecondsIntoTheStop,
    WhileDown,
    /// The engine has been asked to start the container, and has not answered.
    WhileStarting,
}

fn case(event: Event, moment: Moment) {
    runtime(async {
        let stage = Stage::start(match moment {
            Moment::TwoSecondsIntoTheStop => Duration::from_secs(3),
            _ => SHORT,
        });
        let trigger = stage.home().join("panic");
        let place = match event {
            Event::Panic(place) => place,
            _ => "deed",
        };
        let hook = format!("{place}:{}", trigger.display());
        let arguments: &[&str] = match event {
            Event::PanicInDeed => &["--restore-after", "3s"],
            _ => &[],
        };
        let mut screen = stage.stopping(arguments, &[("BLACKOUT_TEST_PANIC", &hook)]).await;
        match moment {
            Moment::JustAfterTheYes => {}
            Moment::TwoSecondsIntoTheStop => tokio::time::sleep(Duration::from_secs(2)).await,
            Moment::WhileDown => stage.is_down(&screen).await,
            Moment::WhileStarting => {
                stage.is_down(&screen).await;
                stage.engine.set_start_duration(Duration::from_millis(500));
                ask_to_start(&mut screen).await;
                screen.send("y");
                stage.engine.until_requested("start", 1).await;
            }
        }
        let at = stage.engine.container(CP);
        assert!(at.stopping > 0 || is_down(&at), "it came too late: {at:?}");
        match event {
            Event::Signal(name) => {
                screen.signal(name);
                goes_down_and_comes_back(&stage, screen).await;
            }
            Event::ClosedTerminal => {
                screen.hang_up();
                stage.comes_back().await;
            }
            Event::Panic(_) => {
                std::fs::write(&trigger, "").unwrap();
                goes_down_and_comes_back(&stage, screen).await;
            }
            Event::PanicInDeed => {
                std::fs::write(&trigger, "").unwrap();
                stage.comes_back().await;
                screen.wait_for("● UP");
                stage.quit_without_a_question(screen).await;
            }
        }
        stage.all_is_over().await;
        assert_eq!(stage.engine.count("stop"), 1, "nobody stopped it again");
    });
}

async fn goes_down_and_comes_back(stage: &Stage, screen: Terminal) {
    screen.ended();
    stage.comes_back().await;
}

/// One test for each event and moment.
macro_rules! table {
    ($($event:ident: $what:expr;)*) => {
        $(mod $event {
            use super::{Event, Moment, case};

            #[test]
            fn just_after_the_yes_it_comes_back() {
                case($what, Moment::JustAfterTheYes);
            }

            #[test]
            fn two_seconds_into_the_stop_it_comes_back() {
                case($what, Moment::TwoSecondsIntoTheStop);
            }

            #[test]
            fn while_down_it_comes_back() {
                case($what, Moment::WhileDown);
            }

            #[test]
            fn while_starting_it_comes_back() {
                case($what, Moment::WhileStarting);
            }
        })*
    };
}

table! {
    sigterm: Event::Signal("TERM");
    sighup: Event::Signal("HUP");
    sigint: Event::Signal("INT");
    sigkill: Event::Signal("KILL");
    closed_terminal: Event::ClosedTerminal;
    panic_in_the_loop: Event::Panic("loop");
    panic_in_a_draw: Event::Panic("draw");
    panic_in_a_deed: Event::PanicInDeed;
}

/// With the grace period that Docker gives where it is asked for ten seconds.
fn as_docker_stops(signal: &str) {
    runtime(async {
        let stage = Stage::start(SHORT);
        stage.engine.set_grace(crate::fake_engine::Grace::Requested);
        let screen = stage.stopping(&[], &[]).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        screen.signal(signal);
        screen.ended();
        stage.comes_back().await;
        stage.all_is_over().await;
    });
}

#[test]
fn a_sigkill_two_seconds_into_a_stop_of_ten_it_comes_back() {
    as_docker_stops("KILL");
}

#[test]
#[ignore = "takes a quarter of a minute, and is the same for the engine as the one above"]
fn a_sigterm_two_seconds_into_a_stop_of_ten_it_comes_back() {
    as_docker_stops("TERM");
}

#[test]
fn a_sigterm_that_races_with_the_yes_leaves_nothing_down() {
    races_with_the_yes("TERM");
}

#[test]
fn a_sigkill_that_races_with_the_yes_leaves_nothing_down() {
    races_with_the_yes("KILL");
}

/// The signal comes before anything was seen of the stop: perhaps none was begun.
fn races_with_the_yes(signal: &str) {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.healthy(&[], &[]);
        screen.send("s");
        screen.wait_for("Stop the control plane");
        screen.send("y");
        screen.signal(signal);
        screen.ended();
        // every process that could stop or start it has ended, and so has every stop
        stage.wait("the end of every process", || stage.processes().is_empty()).await;
        stage.engine.until(CP, "the end of the stop", |container| container.stopping == 0).await;
        let container = stage.engine.container(CP);
        assert_eq!(container.state, "running", "{container:?}");
        assert!(!stage.intent().is_file(), "an intent is left");
    });
}
