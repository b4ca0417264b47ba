// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQuick/QQuickItem>

namespace millrace::desktop {

/// Lays its children beside each other and goes on in a line below where they do not fit, as words do: a title with its
/// legend. Each is centred in its line.
///
/// Its implicit height is that of the lines. A child that is wider than a line stands alone in one.
class WrapRow : public QQuickItem {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(double spacing MEMBER spacing_ NOTIFY setupChanged FINAL)        ///< between two of a line
    Q_PROPERTY(double lineHeight MEMBER lineHeight_ NOTIFY setupChanged FINAL)  ///< at least
    Q_PROPERTY(double firstLess MEMBER firstLess_ NOTIFY setupChanged FINAL)    ///< the first line is so much shorter
public:
    explicit WrapRow(QQuickItem* parent = nullptr);

Q_SIGNALS:
    void setupChanged();

protected:
    void itemChange(ItemChange change, const ItemChangeData& data) override;
    void geometryChange(const QRectF& newGeometry, const QRectF& oldGeometry) override;
    void updatePolish() override;
    void componentComplete() override;

private:
    double spacing_ = 0;
    double lineHeight_ = 0;
    double firstLess_ = 0;
};

}  // namespace millrace::desktop
