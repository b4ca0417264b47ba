// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"

#include <QtCore/QString>

#include <string>

/// What the connections page calls the states and reasons of the contract.
namespace millrace::desktop::connection_words {

int kindOf(control::ConnectionPhase state);  ///< as PoolRow::kinds
QString stateWord(control::ConnectionPhase state);
int levelOf(control::BackendHealth health);  ///< PoolList::Level
QString protocolWord(control::PoolProtocol protocol);
QString closeWord(control::CloseReason reason);  ///< below its bar
QString closeHelp(control::CloseReason reason);  ///< a half sentence; empty where there is nothing to say

}  // namespace millrace::desktop::connection_words
