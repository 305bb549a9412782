import Foundation

// Numbers as people read them: three digits and a unit.

/// `0.57 µs`, `12.3 µs`, `657 µs`, `3.07 ms`.
func duration(_ seconds: Double) -> String {
  switch seconds {
  case ..<100e-9: "\(threeDigits(seconds * 1e9)) ns"
  case ..<1e-3: "\(threeDigits(seconds * 1e6)) µs"
  case ..<1: "\(threeDigits(seconds * 1e3)) ms"
  default: "\(threeDigits(seconds)) s"
  }
}

/// `26 %`, `1.24 ×`, `10.3 ×`, `11,000 ×`.
func times(_ ratio: Double) -> String { "\(ratio < 100 ? twoDigits(ratio) : grouped(ratio)) ×" }

/// `218,000`.
func rate(_ perSecond: Double) -> String {
  let digits = pow(10, max(0, floor(log10(perSecond)) - 2))
  return grouped((perSecond / digits).rounded() * digits)
}

/// `2.4 MB`, `455 bytes`.
func size(_ bytes: Double) -> String {
  bytes < 10_000 ? "\(grouped(bytes.rounded())) bytes" : "\(threeDigits(bytes / 1e6)) MB"
}

/// `1,400,000`.
func grouped(_ value: Double) -> String {
  var digits = Array(String(Int(value.rounded())))
  for index in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: index) }
  return String(digits)
}

/// `1.40`, `14.0`, `140`.
private func threeDigits(_ value: Double) -> String {
  String(format: value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value)
}

/// `0.93`, `9.3`, `93`.
private func twoDigits(_ value: Double) -> String {
  String(format: value < 1.995 ? "%.2f" : value < 19.95 ? "%.1f" : "%.0f", value)
}
