import Glibc

/// A password in a file: its first line.
package enum Secret {
  package enum Failure: Error, CustomStringConvertible {
    case system(SystemError)
    case empty(path: String)

    package var description: String {
      switch self {
      case .system(let error): error.description
      case .empty(let path): "\(path) holds no password"
      }
    }
  }

  package static func read(from path: String) throws(Failure) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 4 << 10)
    let count: Int
    do throws(SystemError) {
      let file = try Descriptor(opening: path, O_RDONLY)
      count = Glibc.read(file.number, &buffer, buffer.count)
      guard count >= 0 else { throw SystemError("read \(path)") }
    } catch {
      throw .system(error)
    }
    let line = buffer.prefix(count).prefix { $0 != 0x0a && $0 != 0x0d }
    guard !line.isEmpty else { throw .empty(path: path) }
    return Array(line)
  }
}
