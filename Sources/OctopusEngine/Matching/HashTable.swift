/// Finds 32-bit values by their hashes, eight bytes a place: open addressing, linear probing.
///
/// The keys live elsewhere: whoever looks up says which of the values with that hash is meant, so a
/// record's bytes are looked up where they lie.
struct HashTable {
  private struct Place {
    var hash: UInt32
    var value: UInt32
  }

  /// No value: marks a free place.
  static let none = UInt32.max

  private(set) var count = 0
  /// None, or a power of two of which at most two thirds are taken.
  private var places: [Place] = []

  /// Where the value is that `isMeant` recognizes. Complexity: O(1).
  @inline(__always)
  func find(_ hash: UInt32, where isMeant: (UInt32) -> Bool) -> Int? {
    guard count > 0 else { return nil }
    let mask = places.count &- 1
    var index = Int(hash) & mask
    while true {
      let place = places[index]
      if place.value == HashTable.none { return nil }
      if place.hash == hash, isMeant(place.value) { return index }
      index = (index &+ 1) & mask
    }
  }

  /// The value at a place that `find` gave, until the table changes otherwise.
  subscript(index: Int) -> UInt32 {
    get { places[index].value }
    set { places[index].value = newValue }
  }

  /// Complexity: O(1) amortized.
  mutating func insert(_ hash: UInt32, _ value: UInt32) {
    precondition(value != HashTable.none)
    if (count + 1) * 3 > places.count * 2 { resize(to: max(places.count * 2, 8)) }
    place(hash, value)
    count += 1
  }

  /// Complexity: O(1) amortized.
  mutating func remove(at index: Int) {
    count -= 1
    closeGap(at: index)
    if count == 0 {
      places = []
    } else if places.count > 8, count * 8 < places.count {
      resize(to: places.count / 2)
    }
  }

  private mutating func place(_ hash: UInt32, _ value: UInt32) {
    let mask = places.count - 1
    var index = Int(hash) & mask
    while places[index].value != HashTable.none { index = (index + 1) & mask }
    places[index] = Place(hash: hash, value: value)
  }

  /// Moves back what probed past the gap, so that nothing is cut off from its home.
  private mutating func closeGap(at index: Int) {
    let mask = places.count - 1
    var gap = index
    var next = (gap + 1) & mask
    while places[next].value != HashTable.none {
      let home = Int(places[next].hash) & mask
      if (next - home) & mask >= (next - gap) & mask {
        places[gap] = places[next]
        gap = next
      }
      next = (next + 1) & mask
    }
    places[gap].value = HashTable.none
  }

  private mutating func resize(to capacity: Int) {
    let old = places
    places = Array(repeating: Place(hash: 0, value: HashTable.none), count: capacity)
    for entry in old where entry.value != HashTable.none { place(entry.hash, entry.value) }
  }
}
