import Glibc
import WorkerSandbox

/// The process that starts workers.
public enum ParentProcess {
    /// Overwrites the values of environment variables that a function has read, and removes the variables.
    ///
    /// Other processes of the same user could read them from `/proc/<pid>/environ` for as long as the process runs. A
    /// worker's sandbox prevents that too; this is for the time before it.
    ///
    /// Call it while no other thread reads the environment. Copies that were made before keep their values.
    public static func forgetVariables(_ names: [String]) {
        for name in names {
            guard let value = unsafe getenv(name) else { continue }
            unsafe memset(value, 0, strlen(value))
            unsafe unsetenv(name)
        }
    }

    /// Denies other processes of the same user access to the memory and the environment of this one, and core dumps.
    ///
    /// - Returns: Whether the system did so. AWS Lambda forbids `prctl`; there, a worker's sandbox alone protects its
    ///   parent.
    @discardableResult
    static func hide() -> Bool {
        hide_process() != 0
    }
}
