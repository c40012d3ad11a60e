#ifndef MARTLET_SANDBOX_H
#define MARTLET_SANDBOX_H

// The exit statuses of a process that cannot enter the sandbox. `WorkerProcess.swift` knows them too.
enum SandboxFailure {
    // The process runs as root and cannot become another user.
    SANDBOX_WITHOUT_USER = 77,
    // The system accepts no filter for system calls.
    SANDBOX_WITHOUT_FILTER = 78,
};

// Confines a process that decodes what strangers sent. Call it when everything that the process needs is open.
//
// From then on the process can compute, allocate memory that is not executable, start threads of its own, read standard
// input and write to the standard streams. Any other system call ends it with SIGSYS; the few that libraries make
// although they can do without fail with an error. It can open nothing, because its limit of descriptors is zero. Root
// becomes a user without privileges. All threads are confined.
//
// If that is not possible, the process exits with a status of `SandboxFailure`.
//
// The process should have no descriptors except the standard streams, an empty environment, and have started a thread
// before: the C library installs a signal handler with the first one.
void enter_sandbox(void);

#endif
