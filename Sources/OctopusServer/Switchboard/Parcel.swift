import OctopusEngine

/// What stands in an event loop's FIFO: something for one or more of its connections.
enum Parcel: Sendable {
  /// For each recipient that this loop serves.
  case effect(Effect)
  /// One loop's errand on another: rare, and in order with everything else.
  case errand(@Sendable (Loop) -> Void)
}

/// The loop that a session or a client lives on can be told from its number, so that nothing needs
/// to be looked up to reach it.
enum Home {
  static func loop(of id: Int64, among loops: Int) -> Int {
    loops == 1 ? 0 : Int(id % Int64(loops))
  }

  /// The `serial`-th number, from 1, on this loop. Never 0.
  static func id(serial: Int64, on loop: Int, among loops: Int) -> Int64 {
    serial * Int64(loops) + Int64(loop)
  }
}
