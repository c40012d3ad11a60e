#ifndef CNAMESERVICE_SHIM_H
#define CNAMESERVICE_SHIM_H
#include <nss.h>
#endif
