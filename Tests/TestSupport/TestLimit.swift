/// The time after which a test gives up waiting. Only a defect takes so long, however busy the
/// machine is.
package enum TestLimit {
  package static let seconds = 600
}
