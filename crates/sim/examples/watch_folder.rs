//! Makes the watch folder of a scenario: `cargo run --example watch_folder -- SCENARIO.toml FOLDER`.

use downrange_sim::Scenario;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, file, folder] = arguments.as_slice() else { return Err("usage: watch_folder SCENARIO.toml FOLDER".into()) };
    let world =
        Scenario::parse(&std::fs::read_to_string(file)?, file)?.run(|part| eprintln!("{:3.0} %", part * 100.0))?;
    for (name, bytes) in world.write() {
        let to = Path::new(folder).join(name);
        std::fs::create_dir_all(to.parent().ok_or("no folder")?)?;
        std::fs::write(to, bytes)?;
    }
    if let Some(zones) = &world.zones {
        let from = Path::new(file).parent().ok_or("no folder")?.join(zones);
        std::fs::copy(from, Path::new(folder).join("zones.geojson"))?;
    }
    println!("{} objects, {} plots", world.objects.len(), world.plots.len());
    Ok(())
}
