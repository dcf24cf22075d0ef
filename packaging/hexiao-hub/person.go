package main

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/user"

	"github.com/spf13/cobra"

	"hexiao/hub/office"
	"hexiao/hub/registry"
	"hexiao/hub/wire"
)

func (p *program) personCommand() *cobra.Command {
	var key string
	add := p.command("add NAME", "登记一名可以签名的人员，并生成其钥匙文件", "enter a person who may sign, and make the key file", 1, func(ctx context.Context, args []string) error {
		if key == "" {
			return misuse{errors.New(p.say("请用 --key 指明要生成的钥匙文件", "say with --key FILE where the key is to be made"))}
		}
		public, err := registry.MakePersonKey(key)
		if err != nil {
			return fmt.Errorf(p.say("不能生成钥匙文件：%w", "cannot make the key file: %w"), err)
		}
		who, err := ask[office.Person](ctx, p, "person.add", office.Person{Name: args[0], Key: hex.EncodeToString(public)})
		if err != nil {
			return errors.Join(err, os.Remove(key)) // nobody's key
		}
		return p.told(who, fmt.Sprintf("已登记 %s；钥匙在 %s，请交本人保管，中心不留副本", who.Name, key),
			fmt.Sprintf("%s is entered; the key is in %s: give it to the person, the hub keeps no copy", who.Name, key))
	})
	add.Flags().StringVar(&key, "key", "", p.say("要生成的钥匙文件", "the key file to make"))
	list := p.command("list", "可以签名的人员", "those who may sign", 0, func(ctx context.Context, _ []string) error {
		all, err := ask[[]office.Person](ctx, p, "person.list", office.None{})
		if err != nil {
			return err
		}
		return lines(p, all, p.say("姓名\t公钥", "name\tpublic key"), func(w office.Person) string { return w.Name + "\t" + w.Key })
	})
	return p.group("person", "可以签名的人员", "those who may sign", add, list)
}

// who is a person as a command names one: both empty for the operator at the console.
type who struct{ name, key string }

func (w *who) flags(p *program, c *cobra.Command) {
	c.Flags().StringVar(&w.name, "as", "", p.say("签名人的姓名（person add 登记的）", "the name of the person who signs (see `person add`)"))
	c.Flags().StringVar(&w.key, "key", "", p.say("签名人的钥匙文件", "the key file of the person who signs"))
}

// secret reads the key; nil for the operator at the console.
func (w *who) secret(p *program) (ed25519.PrivateKey, error) {
	if (w.name == "") != (w.key == "") {
		return nil, misuse{errors.New(p.say("--as 和 --key 须一起使用", "--as and --key go together"))}
	}
	if w.name == "" {
		return nil, nil
	}
	return registry.ReadPersonKey(w.key)
}

// sign signs what the hub wants signed, after looking that it says what was asked for: the hub's word is not taken for it.
func sign[Body any](raw []byte, key ed25519.PrivateKey, purpose wire.Purpose, says func(Body) bool) ([]byte, error) {
	var body Body
	if err := wire.Unmarshal(raw, &body); err != nil {
		return nil, fmt.Errorf("what is to be signed: %w", err)
	}
	if !says(body) {
		return nil, errors.New("the hub wants something else signed than was asked for; nothing was signed (中心要求签署的内容与请求不符，未签名)")
	}
	return wire.Sign(raw, key, purpose), nil
}

// operator is who sits at the console: the user behind sudo where there is one.
func operator() (string, error) {
	if name := os.Getenv("SUDO_USER"); name != "" {
		return name, nil
	}
	u, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("find out who decides: %w", err)
	}
	return u.Username, nil
}
