// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QHash>
#include <QtCore/QPointer>
#include <QtQuick/QQuickItem>

namespace millrace::desktop {

class WrapRow;

/// WrapRows beside each other, such as the titles of the charts of a row. Where it is enough for all
/// of them they go on in a second line after their first child as soon as one has to, and all are as high as the
/// highest, so that what is below them begins at the same height.
class WrapGroup : public QObject {
    Q_OBJECT
    QML_ELEMENT
public:
    using QObject::QObject;
    bool isFolded() const { return folded_; }
    double height() const { return height_; }

    /// What of it fits into one line: the whole, or at least what follows the first child.
    enum class Fit { Whole, Rest, Neither };
    void report(const WrapRow* row, Fit fit, double height);
    void leave(const WrapRow* row);

Q_SIGNALS:
    void changed();

private:
    struct Member {
        Fit fit;
        double height;
    };
    void update();

    QHash<const WrapRow*, Member> members_;
    bool folded_ = false;
    double height_ = 0;
};

/// Lays its children beside each other and continues in a line below where they do not fit, as words do: a title with
/// its legend. Where that is enough for the rest to stand in one line, it continues after the first child, the title.
/// Each is centred in its line.
///
/// Its implicit height is that of the lines. A child that is wider than a line has one to itself.
class WrapRow : public QQuickItem {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(double spacing MEMBER spacing_ NOTIFY setupChanged FINAL)        ///< between two of a line
    Q_PROPERTY(double lineHeight MEMBER lineHeight_ NOTIFY setupChanged FINAL)  ///< at least
    Q_PROPERTY(double firstLess MEMBER firstLess_ NOTIFY setupChanged FINAL)    ///< the first line is so much shorter
    Q_PROPERTY(millrace::desktop::WrapGroup* group READ group WRITE setGroup NOTIFY groupChanged FINAL)  ///< or none
public:
    explicit WrapRow(QQuickItem* parent = nullptr);
    ~WrapRow() override;

    WrapGroup* group() const { return group_; }
    void setGroup(WrapGroup* group);

Q_SIGNALS:
    void setupChanged();
    void groupChanged();

protected:
    void itemChange(ItemChange change, const ItemChangeData& data) override;
    void geometryChange(const QRectF& newGeometry, const QRectF& oldGeometry) override;
    void updatePolish() override;
    void componentComplete() override;

private:
    double spacing_ = 0;
    double lineHeight_ = 0;
    double firstLess_ = 0;
    QPointer<WrapGroup> group_;
};

}  // namespace millrace::desktop
