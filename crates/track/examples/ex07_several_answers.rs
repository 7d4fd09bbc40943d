//! When two objects want one plot: not only the best joint assignment, but the best five and how probable each is.
//!
//! `cargo run --release -p downrange-track --example ex07_several_answers`

use downrange_track::associate::{Associator, Candidate, k_best, marginals};

pub(crate) fn main() {
    // Three tracks, two plots. ln(detection probability x likelihood / clutter density) of every pair inside the gate.
    let pair = |track, plot, log_weight| Candidate { track, plot, log_weight };
    let candidates = [pair(0, 0, 4.0), pair(1, 0, 3.5), pair(1, 1, 2.0), pair(2, 1, 3.0)];
    let log_missed = [0.1_f64.ln(); 3];

    let answers = k_best(3, 2, &candidates, &log_missed, 100);
    let total: f64 = answers.iter().map(|answer| answer.log_ratio.exp()).sum();
    for answer in answers.iter().take(5) {
        let said: Vec<String> = (answer.plot_of_track.iter().enumerate())
            .map(|(track, plot)| match plot {
                Some(plot) => format!("track {track} has plot {plot}"),
                None => format!("track {track} is missed"),
            })
            .collect();
        println!("{:5.1} %  {}", 100.0 * answer.log_ratio.exp() / total, said.join(", "));
    }

    // Summed over all of them, track by track, they are what JPDA computes without listing them.
    let probabilities = marginals(3, 2, &candidates, &log_missed, Associator::jpda());
    for track in 0..3 {
        let missed: f64 = answers.iter().filter(|a| a.plot_of_track[track].is_none()).map(|a| a.log_ratio.exp()).sum();
        println!("track {track} is missed with probability {:.3}", probabilities.missed_probability(track));
        assert!((probabilities.missed_probability(track) - missed / total).abs() < 1e-12);
    }
    assert!(answers.windows(2).all(|pair| pair[0].log_ratio >= pair[1].log_ratio), "best first");
}
