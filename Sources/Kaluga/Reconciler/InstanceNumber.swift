// The numbers of instances, as they stand in names of records and files.
import OctopusSystem

/// The number of an instance in the name of a file or of a record.
enum InstanceNumber {
  /// A greater one is not read: counting on from it must never overflow.
  static let limit = 1_000_000_000

  static func read(_ digits: some Collection<UInt8>) -> Int? {
    guard let number = digits.number(Int.self), (0...limit).contains(number),
      digits.elementsEqual("\(number)".utf8)
    else { return nil }
    return number
  }
}
