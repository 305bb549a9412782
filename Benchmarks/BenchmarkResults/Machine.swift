// Where the figures were taken, and beside what.

package struct Machine: Codable, Equatable, Sendable {
  package var cores: Int
  package var memoryGiB: Int
  package var system: String
  package var kernel: String
  /// Of Swift and of the peers.
  package var versions: [String: String]

  package init(
    cores: Int, memoryGiB: Int, system: String, kernel: String,
    versions: [String: String]
  ) {
    self.cores = cores
    self.memoryGiB = memoryGiB
    self.system = system
    self.kernel = kernel
    self.versions = versions
  }
}
