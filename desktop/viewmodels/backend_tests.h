// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/engine_client.h"
#include "viewmodels/settings_form.h"

#include <QtCore/QByteArray>
#include <QtCore/QHash>
#include <QtCore/QObject>

namespace millrace::desktop {

class Session;

/// Has the engine test whether it reaches a pending backend, and keeps the result. A test is of a backend as
/// it was then: once its address is another one, it says nothing.
///
/// Bound: kKept results.
class BackendTests : public QObject {
    Q_OBJECT
public:
    static constexpr int kKept = 64;

    explicit BackendTests(Session& session) : session_(session) {}
    BackendTest of(const config::v1::Backend& backend) const;
    void run(const config::v1::Backend& backend);

Q_SIGNALS:
    void changed();

private:
    static QByteArray keyOf(const config::v1::Backend& backend);
    static BackendTest toTest(const Outcome<control::TestBackendReply>& outcome);

    Session& session_;
    QHash<QByteArray, BackendTest> results_;
};

}  // namespace millrace::desktop
