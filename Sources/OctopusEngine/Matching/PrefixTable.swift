import OctopusRecords
import OctopusStore

/// Queries by the literal beginning of the name: a lookup for each length in use.
struct PrefixTable {
  /// Longer beginnings are cut: there are no more lengths than bits in `lengths`.
  static let longest = 64

  struct Bucket {
    var prefix: [UInt8]
    var ring: UInt32
  }

  private(set) var buckets: [Bucket] = []
  private var unused: [UInt32] = []
  private var table = HashTable()
  /// How many buckets there are of each length.
  private var counts = [Int](repeating: 0, count: longest + 1)
  /// Bit n is set where there is a prefix of n + 1 bytes.
  private var lengths: UInt64 = 0

  var count: Int { table.count }

  /// The prefix of a pattern that it can be filed under; nil if it is not anchored to one.
  static func key(_ pattern: Pattern) -> [UInt8]? {
    guard let prefix = pattern.literalPrefix, !prefix.isEmpty else { return nil }
    return Array(prefix.prefix(longest))
  }

  /// The ring of those that ask for names with exactly this beginning.
  func ring(_ prefix: Bytes) -> UInt32 {
    find(prefix).place.map { buckets[Int(table[$0])].ring } ?? HashTable.none
  }

  /// Reports the ring of every prefix that the name has.
  @inline(__always)
  func match(_ name: Bytes, _ report: (UInt32) -> Void) {
    var left = lengths
    while left != 0 {
      let length = left.trailingZeroBitCount &+ 1
      guard length <= name.count else { return }
      left &= left &- 1
      let ring = ring(Bytes(rebasing: name[..<length]))
      if ring != HashTable.none { report(ring) }
    }
  }

  /// Files an entry, and returns its bucket.
  mutating func insert(
    _ slot: UInt32, _ prefix: [UInt8], _ entries: inout EntryTable
  ) -> UInt32 {
    let (hash, place) = prefix.withUnsafeBufferPointer { find($0) }
    let bucket = place.map { table[$0] } ?? add(prefix, hash)
    entries.link(slot, into: &buckets[Int(bucket)].ring)
    return bucket
  }

  mutating func remove(_ slot: UInt32, from bucket: UInt32, _ entries: inout EntryTable) {
    entries.unlink(slot, from: &buckets[Int(bucket)].ring)
    if buckets[Int(bucket)].ring == HashTable.none { drop(bucket) }
  }

  private func find(_ prefix: Bytes) -> (hash: UInt32, place: Int?) {
    var hash = KeyHash()
    hash.combine(prefix)
    let value = hash.value
    let place = table.find(value) { bucket in
      buckets[Int(bucket)].prefix.withUnsafeBufferPointer { compareBytes($0, prefix) == 0 }
    }
    return (value, place)
  }

  private mutating func add(_ prefix: [UInt8], _ hash: UInt32) -> UInt32 {
    let bucket = Bucket(prefix: prefix, ring: HashTable.none)
    let index = unused.popLast() ?? UInt32(buckets.count)
    if index == buckets.count { buckets.append(bucket) } else { buckets[Int(index)] = bucket }
    table.insert(hash, index)
    counts[prefix.count] += 1
    lengths |= 1 << (prefix.count - 1)
    return index
  }

  private mutating func drop(_ bucket: UInt32) {
    let prefix = buckets[Int(bucket)].prefix
    // It is there: it was found there, or put there by `add`.
    table.remove(at: prefix.withUnsafeBufferPointer { find($0).place! })
    buckets[Int(bucket)].prefix = []
    unused.append(bucket)
    counts[prefix.count] -= 1
    if counts[prefix.count] == 0 { lengths &= ~(1 << (prefix.count - 1)) }
    if table.count == 0 { self = PrefixTable() }
  }
}
