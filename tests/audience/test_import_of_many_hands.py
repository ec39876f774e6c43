"""Rows of many hands, each with the one right outcome: other tools' exports, French headers, doubtful addresses.

A table is written as it stands in the file, a line a row, with what becomes of the row beside it; `_` marks the
header and the rows in which there is nobody.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date

import pytest
from audience_crowd import SECRET
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from newsletter.audience.consent import Basis, ConsentKind
from newsletter.audience.importing import ImportReport
from newsletter.audience.importing.refused import RefusedFileError

A, M, S, R, _ = "accepted", "merged", "suppressed", "rejected", ""
TABLES = {
    "pipe": (
        ("email|name", _),
        ("a@example.org|A", A),
    ),
    "sep=| ": (
        ("sep=|", _),
        ("email|name", _),
        ("a@example.org|A", A),
    ),
    "sep tab": (
        ('sep=\t', _),
        ('email\tname', _),
        ('a@example.org\tA', A),
    ),
    "bom sep": (
        ('\ufeffsep=;', _),
        ("email;name", _),
        ("a@example.org;A", A),
    ),
    "formulas": (
        ("email,name", _),
        ('"=HYPERLINK(""http://e"",""a@example.org"")",x', R),
        ("+a@example.org,y", A),
        ("-b@example.org,z", A),
        ("@c@example.org,w", R),
    ),
    "duplicates in another case, dots and pluses apart": (
        ("email", _),
        ("Ana@Example.org", A),
        ("ana@example.org", M),
        ("ANA@EXAMPLE.ORG", M),
        ("a.na@example.org", A),
        ("ana+x@example.org", A),
    ),
    "look-alikes": (
        ("email", _),
        ("аdmin@example.org", R),
        ("admin@exаmple.org", R),
        ("ａ@example.org", R),
        ("a@ｅxample.org", R),
        ("a@example。org", R),
        ("ο@example.org", A),
    ),
    "idn": (
        ("email", _),
        ("zoe@québec.ca", A),
        ("zoe@xn--qubec-csa.ca", M),
        ("zoé@example.org", A),
        ("élise@exemple.québec", A),
    ),
    "addresses of functions": (
        ("email", _),
        ("info@example.org", A),
        ("admin@example.org", A),
        ("noreply@example.org", A),
        ("abuse@example.org", A),
        ("postmaster@example.org", A),
    ),
    "spaces around and within": (
        ("email", _),
        (" a@example.org ", A),
        ('\tb@example.org\t', A),
        ("c @example.org", R),
        ("d@ example.org", R),
        ("e@example. org", R),
    ),
    "ways to write one address": (
        ("email", _),
        ("mailto:a@example.org", A),
        ("MAILTO:b@example.org", A),
        ('"Zoé <c@example.org>"', A),
        ('"""D, X"" <d@example.org>"', A),
        ("<e@example.org>", A),
        ("f@example.org;", A),
        ('"g@example.org,"', A),
        ("mailto:h@example.org?subject=x", A),
        ("<mailto:i@example.org>", A),
        ('"\'j@example.org\'"', A),
        ('"""k@example.org"""', A),
    ),
    "what is no address": (
        ("email", _),
        ("a@x.c", R),
        ("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@example.org", R),
        ("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@example.org", A),
        ("a@example.org.", R),
        (".a@example.org", R),
        ("a.@example.org", R),
        ("a..b@example.org", R),
        ('"a b"@example.org', R),
        ('"a"@example.org', R),
        ("a@example.test", R),
        ("a@example.invalid", R),
        ("a@localhost", R),
        ("a@[127.0.0.1]", R),
        ("a@127.0.0.1", R),
        ("a@-example.org", R),
        ("a@example-.org", R),
        ("a@exa_mple.org", R),
        ("a@example", R),
        ("@example.org", R),
        ("a@", R),
        ("a@@example.org", R),
        ("a(c)@example.org", R),
        ("a@example.local", R),
        ("n/a", R),
        ("null", R),
        ("-", R),
        ("aucun", R),
    ),
    "quoted header": (
        ("email,name", _),
        ('"""a b""@example.org",x', R),
    ),
    "empty rows": (
        ("email,name", _),
        ("", _),
        ("", _),
        ("a@example.org,A", A),
        (",,", _),
        ("", _),
        (",,,", _),
        ("b@example.org,B", A),
    ),
    "the header once more": (
        ("email,name", _),
        ("a@example.org,A", A),
        ("email,name", _),
        ("b@example.org,B", A),
        ("Email,Name", _),
    ),
    "no header 1": (
        ("a@example.org", A),
        ("b@example.org", A),
    ),
    "two email cols": (
        ("email,email 2,name", _),
        ("a@example.org,b@example.org,A", A),
    ),
    "two email cols b": (
        ("courriel,courriel secondaire", _),
        ("a@example.org,b@example.org", A),
    ),
    "french1": (
        ("Courriel;Prénom;Nom;Langue;Désabonné le", _),
        ("a@example.org;A;B;fr;", A),
        ("b@example.org;B;C;en;2024-01-02", S),
        ("c@example.org;C;D;français;2030-01-02", S),
    ),
    "french2": (
        ("Adresse courriel;Statut", _),
        ("a@example.org;Abonné", A),
        ("b@example.org;désabonné", S),
        ("c@example.org;DÉSABONNÉE", S),
        ("d@example.org;Rebond dur", S),
        ("e@example.org;Plainte", S),
        ("f@example.org;Inactif", S),
    ),
    "french3": (
        ("Adresse e-mail;Désinscrit", _),
        ("a@example.org;non", A),
        ("b@example.org;oui", S),
        ("c@example.org;0", A),
        ("d@example.org;1", S),
        ("e@example.org;vrai", S),
        ("f@example.org;FAUX", A),
    ),
    "status etat": (
        ("Courriel;État", _),
        ("a@example.org;Désabonné", S),
        ("b@example.org;Actif", A),
    ),
    "status state": (
        ("email,state", _),
        ("a@example.org,unsubscribed", S),
        ("b@example.org,active", A),
    ),
    "inline status": (
        ("Courriel;Notes", _),
        ("a@example.org;Statut: désabonné", S),
        ("b@example.org;", A),
    ),
    "consent date": (
        ("email,consent date", _),
        ("a@example.org,2024-01-01", A),
        ("b@example.org,", A),
    ),
    "consent date col": (
        ("courriel,date de consentement,consentement", _),
        ("a@example.org,2024-01-01,oui", A),
        ("b@example.org,2024-01-01,non", R),
        ("c@example.org,,", R),
    ),
    "mc subscribed": (
        ('"Email Address","First Name","Last Name",Address,"Phone Number",Birthday,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS', _),  # noqa: E501
        ('a@example.org,Ana,B,,,,2,,,"2023-01-02 03:04:05",1.2.3.4,,,,,America/Toronto,CA,QC,"2023-01-02 03:04:05",12,ab,,"""x"""', A),  # noqa: E501
    ),
    "mc subscribed name": (
        ('"Email Address","First Name"', _),
        ("a@example.org,Ana", A),
    ),
    "mc status": (
        ("Email Address,First Name,Status", _),
        ("a@example.org,A,Subscribed", A),
        ("b@example.org,B,Unsubscribed", S),
        ("c@example.org,C,Cleaned", S),
        ("d@example.org,D,Non-Subscribed", R),
        ("e@example.org,E,Pending", R),
        ("f@example.org,F,Archived", S),
    ),
    "mc marketing": (
        ("Email Address,First Name,Email Marketing Status", _),
        ("a@example.org,A,Subscribed", A),
        ("b@example.org,B,Unsubscribed", S),
        ("c@example.org,C,Not subscribed", R),
        ("d@example.org,C,Cleaned", S),
    ),
    "substack": (
        ("email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at", _),
        ("a@example.org,true,,,false,2020-01-01,", A),
        ("b@example.org,false,,,false,,", A),
        ("c@example.org,false,,,true,,", S),
    ),
    "substack newest": (
        ("user_email_address,user_name,subscription_type,subscription_created_at,unsubscribed_at", _),
        ("a@example.org,A,free,2024-01-01,", A),
        ("b@example.org,B,free,2024-01-01,2025-01-01", S),
    ),
    "substack ui": (
        ("Email,Name,Type,Stripe plan,Cancel date,Start date,Emails received (6mo),Emails dropped (6mo),num_emails_opened,Subscription source (free),Unsubscribed at", _),  # noqa: E501
        ("a@example.org,A,Free,,,2024,3,0,1,x,", A),
        ("b@example.org,A,Free,,2025-02-01,2024,3,0,1,x,2025-01-01", S),
    ),
    "ghost": (
        ("id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers,gift_id", _),  # noqa: E501
        ("1,a@example.org,A,,true,false,,2024-01-15T10:00:00.000Z,,,,", A),
        ("2,b@example.org,B,unsubscribed at their request,false,false,,2024-01-15T10:00:00.000Z,,,,", S),
        ("3,c@example.org,C,,true,false,,2024-01-15T10:00:00.000Z,2025-01-15T10:00:00.000Z,,,", S),
        ("4,d@example.org,D,,,false,,2024,,,,", A),
    ),
    "buttondown": (
        ("email,notes,metadata,tags,referrer_url,creation_date,secondary_id,subscriber_type,source,utm_campaign,utm_medium,utm_source", _),  # noqa: E501
        ("a@example.org,,{},,,2024-02-02,1,regular,api,,,", A),
        ("b@example.org,,{},,,2024-02-02,1,unsubscribed,api,,,", S),
        ("c@example.org,,{},,,2024-02-02,1,undeliverable,api,,,", S),
        ("d@example.org,,{},,,2024-02-02,1,complained,api,,,", S),
        ("e@example.org,,{},,,2024-02-02,1,unactivated,api,,,", R),
        ("f@example.org,,{},,,2024-02-02,1,blocked,api,,,", S),
    ),
    "brevo en": (
        ("CONTACT ID,EMAIL,FIRSTNAME,LASTNAME,SMS,WHATSAPP,EXT_ID,Blocklisted (email),ADDED_TIME,MODIFIED_TIME", _),
        ("1,a@example.org,A,B,,,,no,01-02-2024,01-02-2024", A),
        ("2,b@example.org,A,B,,,,yes,01-02-2024,01-02-2024", S),
    ),
    "brevo en2": (
        ("EMAIL;FIRSTNAME;LASTNAME;EMAIL_MARKETING;SMS_MARKETING;ADDED_TIME;MODIFIED_TIME", _),
        ("a@example.org;A;B;Subscribed;No;x;x", A),
        ("b@example.org;A;B;Unsubscribed;No;x;x", S),
        ("c@example.org;A;B;Blocklisted;No;x;x", S),
    ),
    "brevo email_subscribed": (
        ("Email;First name;Last name;Subscribed;Blocklisted;Email campaigns;Creation date", _),
        ("a@example.org;A;B;Email;;x;x", A),
        ("b@example.org;A;B;;Email;x;x", S),
        ("c@example.org;A;B;Email, SMS;;x;x", A),
        ("d@example.org;A;B;;Email, SMS;x;x", S),
    ),
    "brevo fr": (
        ("EMAIL;PRENOM;NOM;SMS;OPT_IN;EMAIL_BLACKLIST;DATE_AJOUT;DATE_MODIFICATION", _),
        ("a@example.org;A;B;;1;0;x;x", A),
        ("b@example.org;A;B;;1;1;x;x", S),
    ),
    "brevo fr2": (
        ("ID CONTACT;EMAIL;PRENOM;NOM;SMS;Abonné;Sur liste noire;Date d'ajout;Dernière modification", _),
        ("1;a@example.org;A;B;;Email;;x;x", A),
        ("2;b@example.org;A;B;;;Email;x;x", S),
        ("3;c@example.org;A;B;;oui;non;x;x", A),
        ("4;d@example.org;A;B;;non;oui;x;x", S),
    ),
    "listmonk": (
        ("uuid,email,name,attributes,status,created_at,updated_at", _),
        ('1,a@example.org,A,"{""city"": ""Laval""}",enabled,x,x', A),
        ("2,b@example.org,B,{},disabled,x,x", S),
        ("3,c@example.org,C,{},blocklisted,x,x", S),
    ),
    "listmonk sub": (
        ("email,name,attributes,status,subscription_status", _),
        ("a@example.org,A,{},enabled,confirmed", A),
        ("b@example.org,B,{},enabled,unconfirmed", R),
        ("c@example.org,C,{},enabled,unsubscribed", S),
    ),
    "keila": (
        ("Email,First name,Last name,Data,Status,External ID", _),
        ("a@example.org,A,B,{},active,", A),
        ("b@example.org,,,{},unsubscribed,", S),
        ("c@example.org,,,{},unreachable,", S),
    ),
    "kit": (
        ("subscriber_id,first_name,email,status,created_at,referrer,tags", _),
        ("1,A,a@example.org,active,x,,", A),
        ("2,B,b@example.org,cancelled,x,,", S),
        ("3,C,c@example.org,bounced,,,", S),
        ("4,D,d@example.org,complained,,,", S),
        ("5,E,e@example.org,inactive,,,", R),
    ),
    "kit2": (
        ("First Name,Email Address,Status,Subscribed Date,Tags", _),
        ("A,a@example.org,Confirmed,x,", A),
        ("B,b@example.org,Unconfirmed,x,", R),
        ("C,c@example.org,Cancelled,x,", S),
    ),
    "kit3": (
        ("id,first_name,email_address,state,created_at", _),
        ("1,A,a@example.org,active,x", A),
        ("2,B,b@example.org,cancelled,x", S),
        ("3,C,c@example.org,inactive,x", R),
    ),
    "sendy": (
        ("Name,Email,Last activity,Status,List", _),
        ("A,a@example.org,x,Subscribed,L", A),
        ("B,b@example.org,x,Unsubscribed,L", S),
        ("C,c@example.org,x,Bounced,L", S),
        ("D,d@example.org,x,Marked as spam,L", S),
        ("E,e@example.org,x,Unconfirmed,L", R),
        ("F,f@example.org,x,Soft bounced,L", S),
    ),
    "beehiiv": (
        ("Email,Status,Subscription Tier,Created At,Unsubscribed At,UTM Source,Referral Code", _),
        ("a@example.org,active,free,2024,,,", A),
        ("b@example.org,inactive,free,2024,2025,,", S),
        ("c@example.org,pending,free,2024,,,", R),
        ("d@example.org,invalid,free,,,,", S),
        ("e@example.org,validating,,,,,", R),
        ("f@example.org,needs_attention,,,,,", R),
    ),
    "beehiiv2": (
        ("subscriber_id,email,status,created_at,subscription_tier,acquisition_source", _),
        ("1,a@example.org,Active,x,free,", A),
        ("2,b@example.org,Inactive,x,free,", S),
        ("3,c@example.org,Unsubscribed,x,free,", S),
    ),
    "mailerlite": (
        ("Subscriber,Email,Sent,Opens,Clicks,Subscribed,Location,Status,Unsubscribed", _),
        ("A,a@example.org,1,1,1,2024-01-01,CA,Active,", A),
        ("B,b@example.org,1,1,1,2024-01-01,CA,Unsubscribed,2025-01-01", S),
        ("C,c@example.org,1,1,1,2024-01-01,CA,Bounced,", S),
        ("D,d@example.org,1,1,1,2024-01-01,CA,Junk,", S),
    ),
    "constant contact": (
        ("Email address,First name,Last name,Email status,Email permission status,Email update source", _),
        ("a@example.org,A,B,Active,Express,x", A),
        ("b@example.org,A,B,Unsubscribed,Express,x", S),
        ("c@example.org,A,B,Bounced,Implied,x", S),
    ),
    "cyberimpact fr": (
        ("Courriel;Prénom;Nom;Langue;Type de consentement;Date du consentement;Statut;Groupes", _),
        ("a@example.org;A;B;fr_ca;Exprès;2024-01-01;Abonné;x", A),
        ("b@example.org;A;B;en_ca;Tacite;2020-01-01;Désabonné;x", S),
        ("c@example.org;A;B;en_ca;Tacite;2020-01-01;Adresse invalide;x", S),
    ),
    "mailman": (
        ("a@example.org", A),
        ('"B <b@example.org>"', A),
    ),
    "google groups": (
        ("Members for group x", _),
        ("Email address,Nickname,Group status,Email status,Email preference,Posting permissions,Join year", _),
        ("a@example.org,A,member,,email,allowed,2020", A),
        ("b@example.org,A,member,bouncing,email,allowed,2020", S),
    ),
    "hubspot": (
        ("Record ID,First Name,Last Name,Email,Unsubscribed from all email,Email hard bounce reason", _),
        ("1,A,B,a@example.org,false,", A),
        ("2,A,B,b@example.org,true,", S),
        ("3,A,B,c@example.org,,Unknown user", S),
    ),
    "wix": (
        ("First Name,Last Name,Email 1,Email subscriber status", _),
        ("A,B,a@example.org,Subscribed", A),
        ("A,B,b@example.org,Unsubscribed", S),
        ("A,B,c@example.org,Never subscribed", R),
    ),
    "phplist": (
        ("email;confirmed;blacklisted;bouncecount;htmlemail", _),
        ("a@example.org;1;0;0;1", A),
        ("b@example.org;0;0;0;1", R),
        ("c@example.org;1;1;0;1", S),
    ),
    "mailjet": (
        ("email,name,IsExcludedFromCampaigns,IsUnsubscribed", _),
        ("a@example.org,A,false,false", A),
        ("b@example.org,B,false,true", S),
        ("c@example.org,C,true,false", S),
    ),
    "languages": (
        ("email,langue", _),
        ("a@example.org,fr", A),
        ("b@example.org,EN", A),
        ("c@example.org,Français", A),
        ("d@example.org,anglais", A),
        ("e@example.org,fr_CA", A),
        ("f@example.org,en-US", A),
        ("g@example.org,de", A),
        ("h@example.org,", A),
    ),
    "yes and no in two languages": (
        ("email,abonné", _),
        ("a@example.org,oui", A),
        ("b@example.org,non", S),
        ("c@example.org,Yes", A),
        ("d@example.org,no", S),
        ("e@example.org,vrai", A),
        ("f@example.org,FAUX", S),
        ("g@example.org,1", A),
        ("h@example.org,0", S),
        ("i@example.org,x", A),
        ("j@example.org,", A),
        ("k@example.org,peut-être", R),
    ),
    "abonné x": (
        ("courriel,infolettre", _),
        ("a@example.org,x", A),
        ("b@example.org,", A),
    ),
    "consent col": (
        ("courriel,consentement", _),
        ("a@example.org,oui", A),
        ("b@example.org,non", R),
        ("c@example.org,", R),
    ),
    "unsub en": (
        ("email,unsubscribed_at", _),
        ("a@example.org,", A),
        ("b@example.org,2099-01-01", S),
        ("c@example.org,NULL", A),
        ("d@example.org,0000-00-00 00:00:00", A),
    ),
    "bounce count": (
        ("email,bounces", _),
        ("a@example.org,0", A),
        ("b@example.org,3", S),
    ),
}  # fmt: skip
REFUSED = {
    "unterminated": ('email,name\na@example.org,"A\nb@example.org,B\n', "unterminated_quote"),
    "NUL": ('email,name\na@example.org,A\x00\n', "nul"),
    "no header 3 cols": ('a@example.org,A,B\nc@example.org,C,D\n', "no_header"),
    "no header first invalid": ('nobody\na@example.org\nb@example.org\n', "no_header"),
    "two email cols c": ('Email,Courriel\na@example.org,b@example.org\n', "ambiguous_address_column"),
    "home work": ('Home Email,Work Email\na@example.org,b@example.org\n', "ambiguous_address_column"),
}  # fmt: skip


def outcomes(report: ImportReport) -> dict[int, str]:
    return {one.row: one.outcome.value for one in report.rows}


def reasons(report: ImportReport) -> dict[int, str]:
    return {one.row: one.reason.value for one in report.rows}


@pytest.mark.parametrize("name", TABLES)
def test_each_row_has_its_one_right_outcome(name: str, planned) -> None:
    """Statements 30, 52, 55, 56, 57."""
    lines = TABLES[name]
    report = planned("\n".join(line for line, _outcome in lines) + "\n")
    expected = {row: outcome for row, (_line, outcome) in enumerate(lines, start=1) if outcome}
    assert outcomes(report) == expected, reasons(report)


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_told_apart_is_refused(name: str, planned) -> None:
    content, reason = REFUSED[name]
    with pytest.raises(RefusedFileError) as raised:
        planned(content)
    assert raised.value.reason == reason


def test_rows_are_numbered_as_seen_when_cells_have_several_lines(planned) -> None:
    report = planned('email,name,notes\na@example.org,A,"x\ny\nz"\nb@example.org,B,\nnot an address,C,\n')
    assert outcomes(report) == {2: A, 3: A, 4: R}


def test_an_address_over_two_lines_is_none_and_two_addresses_are_not_one(planned) -> None:
    report = planned('email,name\n"b@example.org\nBcc: x@example.org",B\n"a@example.org\nc@example.org",C\n')
    assert outcomes(report) == {2: R, 3: R}
    report = planned(
        "email\na@example.org et b@example.org\na@example.org/b@example.org\na@example.org b@example.org\n"
    )
    assert set(outcomes(report).values()) == {R}


FRENCH = "courriel;prénom;nom\nzoe@example.org;Zoé;Hétu\nhelene@example.org;Hélène;Çôté\n"


@pytest.mark.parametrize("ends", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize(
    ("encoding", "name"),
    [("cp1252", "Windows-1252"), ("mac_roman", "Mac Roman"), ("utf-8", "UTF-8"), ("utf-16", "UTF-16")],
)
def test_an_old_encoding_is_recognised_by_its_letters_and_said(encoding: str, name: str, ends: str, planned) -> None:
    """Statement 52: never guessed in silence."""
    from newsletter.audience.importing.decoding import name_of

    report = planned(FRENCH.replace("\n", ends).encode(encoding))
    assert outcomes(report) == {2: A, 3: A}
    assert name_of(report.layout.encoding) == name
    assert report.layout.columns == {"email": "courriel", "first_name": "prénom", "last_name": "nom"}


def book(*rows: list[object], **cells: object) -> bytes:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    for place, value in cells.items():
        made.active[place] = value
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def changed(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a workbook with one of its parts changed."""
    source, out = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            made.writestr(name, change(source.read(name)) if name == part else source.read(name))
    return out.getvalue()


def test_a_workbook_is_read_below_its_titles_and_beside_its_empty_cells(planned) -> None:
    many = [[f"Note {number}"] for number in range(30)]
    report = planned(book(*many, ["Courriel", "Nom"], ["a@example.org", "A"], [None, None], ["b@example.org", 3]))
    assert outcomes(report) == {32: A, 34: A}
    report = planned(book(C3="Courriel", D3="Nom", C4="a@example.org", D4="A", XFD9="x"))
    assert outcomes(report) == {4: A, 9: R}


def test_a_failed_formula_is_a_row_with_a_fault_and_no_comment(planned) -> None:
    report = planned(book(["email", "name"], ["#N/A", "x"], ["=A1", "y"], ["a@example.org", "#REF!"]))
    assert reasons(report) == {2: "invalid_address", 3: "invalid_address", 4: "new"}
    report = planned("#,courriel\n#12,a@example.org\n# a note,\n")
    assert outcomes(report) == {2: A}


BOOK = book(["email"], ["a@example.org"])
SHEET = "xl/worksheets/sheet1.xml"
BOMB = b'<!DOCTYPE x [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (changed(BOOK, SHEET, lambda xml: BOMB + xml), "unsafe_archive"),
        (changed(BOOK, SHEET, lambda xml: b"<!--" + b"x" * 9000 + b"-->" + BOMB + xml), "unsafe_archive"),
        (changed(BOOK, SHEET, lambda xml: (BOMB + xml).decode().encode("utf-16")), "unsafe_archive"),
        (changed(BOOK, SHEET, lambda xml: xml[:-40]), "damaged"),
        (changed(BOOK, SHEET, lambda _xml: b""), "damaged"),
        (changed(BOOK, "xl/workbook.xml", lambda _xml: b"<x"), "damaged"),
        (changed(BOOK, "xl/styles.xml", lambda _xml: b"<x"), "damaged"),
        (BOOK.replace(SHEET.encode(), b"xl/worksheets/sheet9.xml"), "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
    ],
)
def test_a_workbook_that_is_damaged_locked_or_a_trap_is_refused_with_its_reason(
    content: bytes, reason: str, planned
) -> None:
    """Statement 59."""
    with pytest.raises(RefusedFileError) as raised:
        planned(content)
    assert raised.value.reason == reason


def test_many_columns_are_too_many_and_a_long_cell_is_its_rows_fault(planned) -> None:
    """Statement 53."""
    with pytest.raises(RefusedFileError) as raised:
        planned("email," + ",".join(map(get_column_letter, range(1, 10_001))) + "\na@example.org" + "," * 10_000 + "\n")
    assert raised.value.reason == "too_many_columns"
    report = planned('email,name\na@example.org,"' + "x" * 140_000 + '"\nb@example.org,B\nc@example.org' + ",x" * 9_998)
    assert outcomes(report) == {2: R, 3: A, 4: R}


def test_a_rows_own_day_of_consent_counts_and_none_is_of_a_day_to_come(planned) -> None:
    """Statements 32, 34 and 54."""
    text = "email,date de consentement\na@example.org,2026-03-01\nb@example.org,2023-03-01\nc@example.org,2027-01-01\n"
    today = {"today": date(2026, 11, 26)}
    assert reasons(planned(text, **today)) == {2: "new", 3: "new", 4: "invalid_field"}
    implied = {"consent": ConsentKind.IMPLIED, "basis": Basis.MEETING, "obtained": date(2026, 1, 1), **today}
    assert reasons(planned(text, **implied)) == {2: "new", 3: "consent_over", 4: "invalid_field"}
    assert planned(text, **implied).faults == 1


def test_an_implied_consent_that_is_over_makes_nobody_a_subscriber(planned) -> None:
    """Statement 35: from the day on which it ends."""
    inquiry = {"consent": ConsentKind.IMPLIED, "basis": Basis.INQUIRY, "obtained": date(2026, 5, 26)}
    text = "email\na@example.org\n"
    assert reasons(planned(text, **inquiry, today=date(2026, 11, 25))) == {2: "new"}
    assert reasons(planned(text, **inquiry, today=date(2026, 11, 26))) == {2: "consent_over"}


def test_other_tools_proof_of_confirmation_is_the_day_of_an_express_consent(
    make_store, table, options, import_into
) -> None:
    from newsletter.audience.address import normalise
    from newsletter.audience.dossier import find_dossier

    store = make_store()
    text = "Email Address,OPTIN_TIME,CONFIRM_TIME,LEID,EUID\na@example.org,2023-01-01,2023-01-02 03:04:05,1,x\n"
    import_into(store, text)
    held = find_dossier(store, normalise("a@example.org"), secret=SECRET)
    assert held is not None
    assert str(held.consents[0]["obtained_at"]).startswith("2023-01-02T08:04:05")


def test_a_second_column_of_addresses_that_says_nothing_else_is_no_riddle(planned) -> None:
    assert outcomes(planned("Email,Courriel\na@example.org,\nb@example.org,b@example.org\n")) == {2: A, 3: A}
    assert outcomes(planned("Email,Email\na@example.org,\n")) == {2: A}


def test_a_name_is_one_line_that_reads_as_it_is_written(make_store, import_into) -> None:
    """No header of a mail, and no mark that turns the text around."""
    from audience_crowd import person

    store = make_store()
    rows = 'b@example.org,"Zo\u202eé"\na@example.org,"Jean\nTremblay"\n'
    assert outcomes(import_into(store, "email,name\n" + rows)) == {2: A, 3: A}
    assert person(store, "b@example.org").name == "Zoé"
    assert person(store, "a@example.org").name == "Jean Tremblay"
    forged = import_into(store, 'email,name\nc@example.org,"Zoé\r\nX-Forged: 1"\n')
    assert reasons(forged) == {2: "control_character"}


def test_what_can_not_be_seen_in_an_address_makes_none(planned) -> None:
    text = "email\na\u200bb@example.org\nc\u202ed@example.org\n\u200be@example.org\nf@exam\u00adple.org\n"
    found = outcomes(planned(text))
    assert (found[2], found[3], found[4]) == (R, R, A)
