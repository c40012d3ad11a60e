#ifndef MARTLET_SANDBOX_H
#define MARTLET_SANDBOX_H

// Blocks system calls that decoders do not need but an attacker would use: executing programs, network access, access
// to other processes, changes to files. Has no effect on systems that do not support filters.
void enter_sandbox(void);

#endif
