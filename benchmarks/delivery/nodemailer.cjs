// nodemailer with a pool: node nodemailer.cjs PORT COUNT CONNECTIONS FOLDER
const fs = require('fs');
const nodemailer = require('nodemailer');
const [port, count, connections, folder] = process.argv.slice(2);
const text = fs.readFileSync(`${folder}/text.txt`, 'utf8');
const html = fs.readFileSync(`${folder}/html.html`, 'utf8');
const transport = nodemailer.createTransport({
  pool: true, host: '127.0.0.1', port: +port, ignoreTLS: true, maxConnections: +connections, maxMessages: Infinity,
});
let begun = 0, done = 0;
const one = () => {
  if (begun >= +count) return;
  const number = begun++;
  transport.sendMail({
    from: 'infolettre@coalition.example', to: `lecteur${number}@exemple.org`, subject: 'Mesure',
    text: text.replaceAll('Zoé', `Zoé ${number}`), html: html.replaceAll('Zoé', `Zoé ${number}`),
    headers: { 'List-Unsubscribe': `<https://coalition.example/u/${number}>`,
               'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
  }, (error) => {
    if (error) { console.error(error); process.exit(1); }
    if (++done === +count) transport.close();
    one();
  });
};
for (let ahead = 0; ahead < 4 * +connections; ahead++) one();
