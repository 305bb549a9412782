/// Assigns connections and sessions to event loops by their ids, so that nothing need be looked up.
enum LoopAssignment {
  /// The loop of an id, which may be any number that a client has sent.
  static func loop(of id: Int64, among loops: Int) -> Int {
    loops == 1 ? 0 : Int(UInt64(bitPattern: id) % UInt64(loops))
  }

  /// The id with this serial number, from 1, on this loop. Never 0.
  static func id(serial: Int64, on loop: Int, among loops: Int) -> Int64 {
    serial * Int64(loops) + Int64(loop)
  }
}
