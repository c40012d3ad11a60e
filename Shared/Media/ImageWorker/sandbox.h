#ifndef MARTLET_SANDBOX_H
#define MARTLET_SANDBOX_H

// Takes from this process what no decoder needs and what somebody who takes one over would begin with: other programs,
// the network, other processes, files to write. A system that allows no filters goes without.
void enter_sandbox(void);

#endif
