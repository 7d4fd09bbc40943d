//! The numbered examples run, and what they say of themselves holds: each asserts its own claim.

#![allow(clippy::duplicate_mod, reason = "every example is a program of its own and brings what it shares with others")]

#[path = "../examples/ex01_one_target.rs"]
mod ex01_one_target;
#[path = "../examples/ex02_consistency.rs"]
mod ex02_consistency;
#[path = "../examples/ex03_manoeuvre.rs"]
mod ex03_manoeuvre;
#[path = "../examples/ex04_your_own_tracker.rs"]
mod ex04_your_own_tracker;
#[path = "../examples/ex05_side_by_side.rs"]
mod ex05_side_by_side;
#[path = "../examples/ex06_births_and_deaths.rs"]
mod ex06_births_and_deaths;
#[path = "../examples/ex07_several_answers.rs"]
mod ex07_several_answers;
#[path = "../examples/ex08_late_plots.rs"]
mod ex08_late_plots;
#[path = "../examples/ex09_registration.rs"]
mod ex09_registration;
#[path = "../examples/ex10_a_million.rs"]
mod ex10_a_million;

#[test]
fn sim_a_filter_halves_the_error() {
    ex01_one_target::main();
}

#[test]
fn sim_errors_are_as_large_as_stated_and_near_the_bound() {
    ex02_consistency::main();
}

#[test]
fn sim_several_models_beat_one() {
    ex03_manoeuvre::main();
}

#[test]
fn sim_parts_make_a_tracker() {
    ex04_your_own_tracker::main();
}

#[test]
fn sim_near_objects_and_their_names() {
    ex05_side_by_side::main();
}

#[test]
fn sim_objects_are_found_and_counted() {
    ex06_births_and_deaths::main();
}

#[test]
fn sim_answers_add_up_to_the_exact_probabilities() {
    ex07_several_answers::main();
}

#[test]
fn sim_late_plots_give_the_same_bits() {
    ex08_late_plots::main();
}

#[test]
fn sim_biases_are_found_within_their_sigmas() {
    ex09_registration::main();
}

#[test]
fn sim_many_objects_are_found() {
    ex10_a_million::main();
}
