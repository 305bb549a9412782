import OctopusCollections
import OctopusRecords

/// A stretch of an index: the distinct values of an attribute in order, as the rows that have them.
///
/// Values are not copied. An entry keeps 64 bits that sort like its value among those of its run:
/// what all texts of a run begin with is kept once and left out of them, so that they tell even long
/// texts apart that differ late ('/sys/devices/pci0000:00/…'), and a search hardly ever looks at a
/// record. After Bayer and Unterauer, "Prefix B-trees" (TODS 1977).
struct ValueRun: SortedRun {
  private struct Entry {
    // Two halves, so that an entry takes 12 bytes and not 16.
    private var high: UInt32
    private var low: UInt32
    var posting: Posting

    init(_ key: UInt64, _ posting: Posting) {
      high = UInt32(truncatingIfNeeded: key >> 32)
      low = UInt32(truncatingIfNeeded: key)
      self.posting = posting
    }

    var key: UInt64 { UInt64(high) << 32 | UInt64(low) }
  }

  /// Finds the value that an entry stands for.
  struct Source {
    let index: AttributeIndex
    let rows: Rows
    /// What is about to be inserted: its value need not be looked up.
    var newcomer: (posting: Posting, value: ValueView)?

    @inline(__always)
    func withValue<Result>(_ posting: Posting, _ body: (ValueView) -> Result) -> Result {
      if let newcomer, newcomer.posting == posting { return body(newcomer.value) }
      return rows.withContents(index.anyRow(posting)) { contents in
        index.key.withUnsafeBufferPointer { key in
          // A row is in this index because it has the attribute.
          contents.withValue(contents.index(of: key)!, body)
        }
      }
    }
  }

  /// What all values begin with. Unless empty, all of them are texts.
  private(set) var shared: [UInt8] = []
  private var entries: ContiguousArray<Entry> = []

  var count: Int { entries.count }

  subscript(place: Int) -> Posting { entries[place].posting }

  /// How many values are below this one; with `orEqual`, not above it.
  func countBelow(_ value: ValueView, orEqual: Bool = false, _ source: Source) -> Int {
    let key: UInt64
    switch place(of: value) {
    case .before: return 0
    case .behind: return count
    case .within(let bits): key = bits
    }
    let isExact = ValueView.isExact(key)
    return entries.partitionPoint { entry in
      if entry.key != key { return entry.key < key }
      if isExact { return orEqual }
      let order = source.withValue(entry.posting) { ValueView.compare($0, value) }
      return order < 0 || orEqual && order == 0
    }
  }

  /// How many values are of an earlier class; with `orEqual`, not of a later.
  func countBelow(_ valueClass: ValueView.Class, orEqual: Bool = false) -> Int {
    entries.partitionPoint { entry in
      let order = Int(entry.key >> 62) - valueClass.rawValue
      return order < 0 || orEqual && order == 0
    }
  }

  /// Whether the entry at a place has this value.
  func has(_ value: ValueView, at place: Int, _ source: Source) -> Bool {
    guard case .within(let key) = self.place(of: value), entries[place].key == key else {
      return false
    }
    return ValueView.isExact(key)
      || source.withValue(entries[place].posting) { ValueView.compare($0, value) == 0 }
  }
}

// Changing.
extension ValueRun {
  mutating func insert(_ posting: Posting, at place: Int, from source: Source) {
    entries.insert(Entry(admit(posting, source), posting), at: place)
    // Now and then, so that it costs little.
    if count >= 16, count & (count - 1) == 0 { tighten(source) }
  }

  mutating func set(_ posting: Posting, at place: Int, from source: Source) {
    entries[place] = Entry(admit(posting, source), posting)
  }

  mutating func replace(at place: Int, with posting: Posting) {
    entries[place].posting = posting
  }

  mutating func discard(at place: Int) { entries.remove(at: place) }

  mutating func split(at place: Int, capacity: Int, from source: Source) -> ValueRun {
    var upper = ValueRun()
    upper.shared = shared
    upper.entries = entries.split(at: place, capacity: capacity, from: ())
    tighten(source)
    upper.tighten(source)
    return upper
  }

  mutating func append(_ other: ValueRun, from source: Source) {
    let common = other.shared.withUnsafeBufferPointer { commonCount($0) }
    shorten(to: common, source)
    var other = other
    other.shorten(to: common, source)
    entries.append(contentsOf: other.entries)
  }

  /// An entry's bits, for which the run has made sure that they sort.
  private mutating func admit(_ posting: Posting, _ source: Source) -> UInt64 {
    let (common, key) = source.withValue(posting) { value in
      let common = shared.isEmpty ? 0 : value.text.map { commonCount($0) } ?? 0
      return (common, value.sortingPrefix(skipping: common))
    }
    shorten(to: common, source)
    return key
  }

  private mutating func shorten(to count: Int, _ source: Source) {
    guard count < shared.count else { return }
    shared.removeSubrange(count...)
    renewKeys(source)
  }

  /// Leaves out all that the values have in common: what the first and the last have.
  private mutating func tighten(_ source: Source) {
    guard count > 1, ValueView.isText(entries[0].key), ValueView.isText(entries[count - 1].key)
    else { return }
    let first = source.withValue(entries[0].posting) {
      Array($0.text ?? Bytes(start: nil, count: 0))
    }
    let common = source.withValue(entries[count - 1].posting) { last in
      last.text.map { last in zip(first, last).prefix { $0 == $1 }.count } ?? 0
    }
    guard common > shared.count else { return }
    shared = Array(first[..<common])
    renewKeys(source)
  }

  private mutating func renewKeys(_ source: Source) {
    for place in entries.indices {
      let posting = entries[place].posting
      let key = source.withValue(posting) { $0.sortingPrefix(skipping: shared.count) }
      entries[place] = Entry(key, posting)
    }
  }

  private func commonCount(_ text: Bytes) -> Int {
    zip(shared, text).prefix { $0 == $1 }.count
  }

  private enum Place {
    case before
    case within(_ key: UInt64)
    case behind
  }

  /// Where a value stands in relation to what all values here begin with.
  @inline(__always)
  private func place(of value: ValueView) -> Place {
    guard !shared.isEmpty else { return .within(value.sortingPrefix(skipping: 0)) }
    guard let text = value.text else {
      return value.valueClass.rawValue < ValueView.Class.text.rawValue ? .before : .behind
    }
    let order = shared.withUnsafeBufferPointer { shared in
      compareBytes(Bytes(rebasing: text.prefix(shared.count)), shared)
    }
    if order != 0 { return order < 0 ? .before : .behind }
    return .within(value.sortingPrefix(skipping: shared.count))
  }
}

extension ValueView {
  /// 64 bits in the order of values, as far as they go: two for the class, then most of a number or
  /// the beginning of a text, from the byte `skipped` on. Values that compare as equal have equal bits.
  func sortingPrefix(skipping skipped: Int) -> UInt64 {
    let bits: UInt64 =
      switch self {
      case .integer(let value): ValueView.sortingBits(ValueView.towardsZero(value))
      case .float(let value): ValueView.sortingBits((value, isExact: true))
      case .boolean(let value): value ? 1 : 0
      case .string(let text), .symbol(let text): ValueView.sortingBits(text, skipped)
      }
    return UInt64(valueClass.rawValue) << 62 | bits
  }

  /// Whether only equal values have this prefix.
  static func isExact(_ prefix: UInt64) -> Bool {
    switch Class(rawValue: Int(prefix >> 62)) {
    case .number: (prefix >> 61 & 1) == 1 ? prefix & 1 == 0 : prefix & 1 == 1
    case .text: prefix & 0x3f < 8
    default: true
    }
  }

  static func isText(_ prefix: UInt64) -> Bool { prefix >> 62 == UInt64(Class.text.rawValue) }

  /// 61 bits that sort like the number, and one that says whether there is more: what there is more
  /// is away from zero, so it sorts above where the number is positive, else below.
  private static func sortingBits(_ number: (value: Double, isExact: Bool)) -> UInt64 {
    let bits = (number.value + 0).bitPattern  // -0.0 + 0 is 0.0.
    let isExact = number.isExact && bits & 7 == 0
    let isPositive = bits >> 63 == 0
    let sorted = (isPositive ? bits | 1 << 63 : ~bits) >> 3
    return sorted << 1 | (isExact == isPositive ? 0 : 1)
  }

  /// The nearest float that is not further from zero, and whether it is the integer itself.
  private static func towardsZero(_ integer: Int64) -> (value: Double, isExact: Bool) {
    guard integer.magnitude > 1 << 53 else { return (Double(integer), true) }
    // A float near 2⁶³ has 53 bits: what lies below them is cut off.
    let cut = integer.magnitude.bitWidth - integer.magnitude.leadingZeroBitCount - 53
    let kept = (integer.magnitude >> UInt64(cut)) << UInt64(cut)
    let value = Double(kept)
    return (integer < 0 ? -value : value, kept == integer.magnitude)
  }

  /// Seven bytes, then how many there are, 8 for more.
  private static func sortingBits(_ text: Bytes, _ skipped: Int) -> UInt64 {
    let rest = max(0, text.count - skipped)
    guard rest < 8 else {
      let eight = UnsafeRawPointer(text.baseAddress! + skipped).loadUnaligned(as: UInt64.self)
      return ((eight.bigEndian >> 8) << 6) | 8
    }
    var bits: UInt64 = 0
    for place in 0..<7 { bits = bits << 8 | (place < rest ? UInt64(text[skipped + place]) : 0) }
    return bits << 6 | UInt64(rest)
  }
}
