#ifndef MARTLET_PARENT_H
#define MARTLET_PARENT_H

// Denies other processes of the same user access to the memory of this one. Returns whether the system did so.
int hide_process(void);

#endif
