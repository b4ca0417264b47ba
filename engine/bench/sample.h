// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace millrace::bench {

/// A gentle load, as several programs of one person would make it, until it is stopped: an editor that chats, an agent
/// that goes through its models in a pattern, an indexer that embeds, an app that classifies in bursts.
int sampleMain(int argc, char** argv);

}  // namespace millrace::bench
