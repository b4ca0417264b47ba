// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One file per module; each registers its measurements under "module/part/step".
namespace millrace::bench::micro {

void addBase();
void addFront();
void addPool();
void addBatch();
void addStream();
void addLoad();

}  // namespace millrace::bench::micro
